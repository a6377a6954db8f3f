// Before the first paint: the colour scheme and the language a person chose, or the browser's.
(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  root.dataset.theme = read("rehearsal.theme") ?? "system";
  root.lang = read("rehearsal.language") ?? ((navigator.language ?? "en").startsWith("ja") ? "ja" : "en");
})();
