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
  root.setAttribute("data-theme", read("rehearsal.theme") || "system");
  root.lang = read("rehearsal.language") || ((navigator.language || "en").indexOf("ja") === 0 ? "ja" : "en");
  if (!("noModule" in HTMLScriptElement.prototype) || typeof WebAssembly !== "object") {
    document.addEventListener("DOMContentLoaded", function () {
      document.getElementById("too-old").hidden = false;
      document.querySelector(".skeleton").hidden = true;
    });
  }
})();
