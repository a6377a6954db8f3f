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
  var old = !("noModule" in HTMLScriptElement.prototype) || typeof WebAssembly !== "object";
  function isKept(place) {
    try {
      return window[place].getItem("rehearsal.draft") !== null;
    } catch (refused) {
      return false;
    }
  }
  // Whoever begins in English without work of their own sees the first view as it was built, until the
  // program that makes it answer has come.
  var begins = root.lang === "en" && !location.hash && read("rehearsal.period") !== "month";
  if (begins && !old && !isKept("localStorage") && !isKept("sessionStorage")) {
    var watch = new MutationObserver(function () {
      var built = document.getElementById("first-view");
      var skeleton = document.querySelector(".skeleton");
      if (!built || !skeleton) return;
      watch.disconnect();
      var shown = document.createElement("div");
      shown.id = "first-shown";
      shown.inert = true;
      shown.setAttribute("aria-busy", "true");
      shown.appendChild(built.content.cloneNode(true));
      skeleton.parentNode.replaceChild(shown, skeleton);
    });
    watch.observe(root, { childList: true, subtree: true });
  }
  if (old) {
    document.addEventListener("DOMContentLoaded", function () {
      document.getElementById("too-old").hidden = false;
      document.querySelector(".skeleton").hidden = true;
    });
  }
})();
