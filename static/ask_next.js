// "Save and try": what is saved by `<form data-ask-next>` is asked at once on the page that follows,
// by the panel there (try_it.js). Once: a page that is opened or loaded again asks nothing by itself.

const KEY = "ask-next";

for (const form of document.querySelectorAll("form[data-ask-next]")) {
  form.addEventListener("submit", () => note("yes"));
}

// Whether a question is to be asked now. A browser that keeps nothing asks nothing.
export function isAskedNext() {
  const said = noted();
  note("");
  return said === "yes" && new URLSearchParams(location.search).has("ask");
}

function noted() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return "";
  }
}

function note(said) {
  try {
    sessionStorage.setItem(KEY, said);
  } catch {
    return;
  }
}
