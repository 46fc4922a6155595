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

// What screen readers are told: it outlives the parts of the page that are replaced.
const announcer = document.createElement("p");
announcer.className = "hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

function announce(main) {
  const said = main.querySelector("[data-announce]");
  const text = said ? said.textContent.replace(/\s+/g, " ").trim() : "";
  if (text !== announcer.textContent) announcer.textContent = text;
}

// Put the new content into the page; what somebody opened or had in hand stays so.
function replaceContent(main, theirs) {
  const opened = [...main.querySelectorAll("details[open] > summary")].map((one) => one.textContent);
  const held = main.contains(document.activeElement) ? document.activeElement.id : "";
  main.replaceChildren(...[...theirs.childNodes].map((node) => document.adoptNode(node)));
  for (const summary of main.querySelectorAll("details > summary")) {
    if (opened.includes(summary.textContent)) summary.parentElement.open = true;
  }
  if (held) document.getElementById(held)?.focus();
}

const FIRST_WORD = 5000;
const SILENCE = 45000;
const PAUSE = 1000;

// A page that shows something at work names the address of its events. They say when to look again. Where no stream is
// to be had, or it says nothing, the page looks again every second by itself.
function follow(main) {
  let stream = null;
  let watch = 0;
  let looking = false;
  let missed = false;

  const stop = () => {
    clearTimeout(watch);
    stream?.close();
    stream = null;
  };

  const look = async () => {
    clearTimeout(watch);
    missed = looking;
    if (looking) return;
    looking = true;
    try {
      show(await pageAt(location.href));
    } catch {
      // The hub cannot be reached at the moment: what is shown stays until it can.
    }
    looking = false;
    if (missed) return look();
    if (main.hasAttribute("data-look-again")) watch = setTimeout(stream ? lookByItself : look, stream ? SILENCE : PAUSE);
  };

  const lookByItself = () => {
    stop();
    look();
  };

  const show = ({ answer, page }) => {
    const theirs = page.querySelector("main");
    if (!answer.ok || !theirs) return;
    if (answer.redirected) history.replaceState(null, "", answer.url);
    replaceContent(main, theirs);
    document.title = page.title;
    showTimes(main);
    announce(main);
    const events = theirs.getAttribute("data-look-again");
    if (events === main.getAttribute("data-look-again")) return;
    stop();
    if (events === null) return main.removeAttribute("data-look-again");
    main.setAttribute("data-look-again", events);
    listen(events);
  };

  const listen = (events) => {
    const mine = new EventSource(events);
    const still = (act) => () => stream === mine && act();
    stream = mine;
    watch = setTimeout(lookByItself, FIRST_WORD);
    mine.addEventListener("changed", still(look));
    mine.addEventListener("ended", still(lookByItself));
    mine.addEventListener("error", still(() => mine.readyState === EventSource.CLOSED && lookByItself()));
    mine.addEventListener("beat", still(() => {
      clearTimeout(watch);
      watch = setTimeout(lookByItself, SILENCE);
    }));
  };

  listen(main.getAttribute("data-look-again"));
}

showTimes(document);
document.querySelectorAll("form[data-live]").forEach(filterWhileTyping);
document.querySelectorAll("main[data-look-again]").forEach(follow);
