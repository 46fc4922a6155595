// Every page works without this. It shows times in the reader's zone, filters while one types, and follows what runs.
"use strict";

const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function showTimes(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = zoned.format(moment);
    time.title = exact.format(moment);
  }
}

async function pageAt(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, page };
}

function filterWhileTyping(form) {
  let waiting = 0;
  let newest = 0;
  const show = async () => {
    const mine = ++newest;
    const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
    const { answer, page } = await pageAt(address);
    const theirs = page.querySelector("form[data-live]");
    if (!answer.ok || !theirs || mine !== newest) return;
    while (form.nextElementSibling) form.nextElementSibling.remove();
    while (theirs.nextElementSibling) form.parentElement.append(document.adoptNode(theirs.nextElementSibling));
    history.replaceState(null, "", address);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 150);
  });
}

function follow(main) {
  const again = () => setTimeout(look, 1000);
  const look = async () => {
    let seen;
    try {
      seen = await pageAt(location.href);
    } catch {
      return again();
    }
    const theirs = seen.page.querySelector("main");
    if (!seen.answer.ok || !theirs) return again();
    if (seen.answer.redirected) history.replaceState(null, "", seen.answer.url);
    main.replaceChildren(...[...theirs.childNodes].map((node) => document.adoptNode(node)));
    document.title = seen.page.title;
    showTimes(main);
    if (theirs.hasAttribute("data-look-again")) return again();
    main.removeAttribute("data-look-again");
  };
  again();
}

showTimes(document);
document.querySelectorAll("form[data-live]").forEach(filterWhileTyping);
document.querySelectorAll("main[data-look-again]").forEach(follow);
