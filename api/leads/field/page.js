import { dropPhoto, keep, keepPhoto, recall, recallPhoto, smaller } from "/field/keep.js";
import { WORDS } from "/field/words.js";

// The link is /field/#<order>/<token>. Everything is kept on the phone first and sent when there is a network.

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
const [orderId, token] = decodeURIComponent(location.hash.slice(1)).split("/");
/** { order, answers: { sampleId: { returned, photos: [id], state: "kept" | "sent" | "refused", problem } } } */
const kept = (orderId && recall(orderId)) ?? { order: null, answers: {} };
/** A link that opens nothing any more, in the words of the page. */
let ended = false;

const say = (word) => WORDS[language][word];
const byId = (id) => document.getElementById(id);
const field = (section, name) => section.querySelector(`[data-field="${name}"]`);

async function ask(path, options = {}) {
  return fetch(`/api/v1/field/orders/${encodeURIComponent(orderId)}${path}`, {
    ...options,
    headers: { authorization: `Order ${token}`, ...options.headers },
  });
}

async function fetchOrder() {
  const answer = await ask("").catch(() => null);
  if (answer?.status === 401) ended = true;
  if (!answer?.ok) return;
  kept.order = await answer.json();
  for (const { sampleId, returned } of kept.order.points)
    if (returned && !kept.answers[sampleId]) kept.answers[sampleId] = { returned, photos: [], state: "sent" };
  keep(orderId, kept);
}

let sending = false;
async function send() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const [sampleId, answer] of Object.entries(kept.answers)) if (answer.state === "kept") await sendOne(sampleId, answer);
  } catch {
    // no network after all: it stays kept
  } finally {
    sending = false;
    show();
  }
}

async function sendOne(sampleId, answer) {
  while (answer.photos.length > 0) {
    const photo = await recallPhoto(answer.photos[0]);
    if (photo) {
      const sent = await ask("/photos", { method: "POST", body: photo, headers: { "content-type": "image/jpeg" } });
      if (sent.status >= 500 || sent.status === 429) return;
      if (sent.ok) answer.returned.photos.push((await sent.json()).sha256);
    }
    await dropPhoto(answer.photos.shift());
    keep(orderId, kept);
  }
  const body = JSON.stringify(answer.returned);
  const sent = await ask(`/points/${encodeURIComponent(sampleId)}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  if (sent.status >= 500 || sent.status === 429) return;
  const told = await sent.json();
  answer.state = sent.ok ? "sent" : "refused";
  answer.problem = sent.ok
    ? ""
    : (told.refusals?.map(({ where, expected }) => `${where.path}: ${expected}`).join("; ") ?? told.detail);
  if (sent.ok) kept.order = told;
  keep(orderId, kept);
}

const clock = (moment) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: kept.order.timeZone, dateStyle: "short", timeStyle: "short" }).format(
    new Date(moment),
  );
/** For an input of the phone's own clock. */
const local = (moment) =>
  new Date(new Date(moment).getTime() - new Date(moment).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function sectionOf(point) {
  const section = byId("point").content.firstElementChild.cloneNode(true);
  const form = section.querySelector("form");
  const answer = kept.answers[point.sampleId];
  const returned = answer?.returned;
  const values = { start: point.start, end: point.end, container: point.container, ...(returned?.taken ? returned : {}) };
  for (const name of ["seal", "container", "temperatureCel", "collector", "note"]) form.elements[name].value = values[name] ?? "";
  form.elements.collector.value ||= localStorage.getItem("collector") ?? "";
  for (const name of ["start", "end"]) form.elements[name].value = local(values[name]);
  let position =
    returned?.latitude === undefined
      ? {}
      : { latitude: returned.latitude, longitude: returned.longitude, accuracyM: returned.accuracyM };
  const showPosition = () => {
    field(section, "gps").textContent =
      position.latitude === undefined
        ? ""
        : `${position.latitude.toFixed(5)}, ${position.longitude.toFixed(5)} ±${Math.round(position.accuracyM)} m`;
  };
  showPosition();
  field(section, "sampleId").textContent = point.sampleId;
  field(section, "node").textContent = point.node;
  field(section, "window").textContent = `${clock(point.start)} – ${clock(point.end)}`;
  field(section, "between").textContent = `${clock(point.earliest)} – ${clock(point.latest)}`;
  field(section, "position").textContent =
    point.latitude === null ? "–" : `${point.latitude.toFixed(6)}, ${point.longitude.toFixed(6)}`;
  field(section, "container").textContent = point.container;
  field(section, "status").textContent = say(answer?.state === "refused" ? "open" : (answer?.state ?? "open"));
  field(section, "problem").textContent = answer?.problem ? say("refused") + answer.problem : "";
  section.classList.toggle("sent", answer?.state === "sent");
  for (const element of section.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  section.querySelector('[data-do="gps"]').onclick = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        position = { latitude: coords.latitude, longitude: coords.longitude, accuracyM: coords.accuracy };
        showPosition();
      },
      () => {
        field(section, "gps").textContent = say("noPosition");
      },
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  section.querySelector('[data-do="missed"]').onclick = () => {
    const collector = form.elements.collector.value.trim();
    if (!collector) {
      field(section, "problem").textContent = say("nameMissing");
      return;
    }
    const reason = prompt(say("whyMissed"))?.trim();
    if (reason) answered(point, { taken: false, at: new Date().toISOString(), reason, collector }, []);
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const text = (name) => form.elements[name].value.trim();
    const taken = {
      taken: true,
      start: new Date(text("start")).toISOString(),
      end: new Date(text("end")).toISOString(),
      seal: text("seal"),
      container: text("container"),
      temperatureCel: Number(text("temperatureCel")),
      collector: text("collector"),
      ...position,
      photos: returned?.photos ?? [],
      note: text("note"),
    };
    const photos = [];
    for (const file of form.elements.photo.files) {
      const id = crypto.randomUUID();
      await keepPhoto(id, await smaller(file));
      photos.push(id);
    }
    answered(point, taken, photos);
  };
  return section;
}

function answered({ sampleId }, returned, photos) {
  localStorage.setItem("collector", returned.collector);
  kept.answers[sampleId] = { returned, photos, state: "kept", problem: "" };
  keep(orderId, kept);
  show();
  send();
}

function show() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  byId("title").textContent = kept.order ? `${say("title")} ${kept.order.day}` : say("title");
  byId("language").textContent = say("other");
  byId("state").textContent = say(!orderId || !token ? "noOrder" : ended ? "ended2" : navigator.onLine ? "online" : "offline");
  byId("points").replaceChildren(...(kept.order && !ended ? kept.order.points.map(sectionOf) : []));
}

byId("language").onclick = () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  show();
};
addEventListener("online", () => fetchOrder().then(send));
addEventListener("offline", () => show());
// another link was opened in the same page
addEventListener("hashchange", () => location.reload());
navigator.serviceWorker?.register("/field/worker.js", { scope: "/field/" });
show();
if (orderId && token) {
  await fetchOrder();
  show();
  await send();
}
