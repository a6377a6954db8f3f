// Before the first paint: the colour scheme and the language a person chose, or the browser's.
// The only script that an old browser can read, so it also says when a browser is too old.
(function () {
  function read(key) {
    try {
      return localStorage.getItem(key);
    } catch (refused) {
      return null;
    }
  }
  var root = document.documentElement;
  // What is stored may be anything: only a value that is one of these counts.
  function chosen(key, values, otherwise) {
    var stored = read(key);
    return values.indexOf(stored) < 0 ? otherwise : stored;
  }
  root.setAttribute("data-theme", chosen("rehearsal.theme", ["light", "dark"], "system"));
  root.lang = chosen("rehearsal.language", ["en", "ja"], (navigator.language || "en").indexOf("ja") === 0 ? "ja" : "en");
  if (!("noModule" in HTMLScriptElement.prototype) || typeof WebAssembly !== "object") {
    document.addEventListener("DOMContentLoaded", function () {
      document.getElementById("too-old").hidden = false;
      document.querySelector(".skeleton").hidden = true;
    });
  }
})();
