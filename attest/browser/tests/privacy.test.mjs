// Every request of both pages through a day of use. What the pages ask for tells nobody who was scanned, or whether anybody was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { citizen, doorman } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, guest, busy, idle;

/** What a device asks for, with what it sends along. */
function recorded({ context }) {
  const requests = [];
  context.on("request", (request) =>
    requests.push({
      method: request.method(),
      url: request.url(),
      body: request.postData() ?? "",
      headers: Object.keys(request.headers()).sort().join(" "),
    }),
  );
  return requests;
}

before(async () => {
  world = await openWorld();
  world.crowd();
  [guest, busy, idle] = await Promise.all([citizen(world), doorman(world), doorman(world)]);
});

after(async () => {
  await Promise.all([guest?.close(), busy?.close(), idle?.close()]);
  await world?.close();
});

test("a door that scans asks for the same as a door that does not", async () => {
  const [of, nobody] = [recorded(busy), recorded(idle)];
  await guest.pickUp(await world.submit());
  await guest.ready();
  await Promise.all([busy.open(), idle.open()]);
  await Promise.all([busy.fresh(), idle.fresh()]);
  for (const disclose of ["result", "initials", "name"]) {
    await busy.take((await guest.again(disclose)).text);
    await busy.take("HC1:NOT A CERTIFICATE");
    await guest.done();
  }
  // Over the next time that both follow the ledger.
  await new Promise((resolve) => setTimeout(resolve, 65_000));
  for (const requests of [of, nobody]) {
    for (const { method, url, body } of requests) {
      assert.equal(method, "GET", url);
      assert.equal(body, "");
      assert.ok(url.startsWith(new URL(world.scanner).origin), url);
      assert.equal(new URL(url).search, "", url);
    }
  }
  // The ledger goes on between two doors; besides its own files, whose names depend on it alone, all is the same.
  const apart = (requests) => [...new Set(requests.map(({ url }) => new URL(url).pathname).filter((path) => !path.startsWith("/ledger/")))].sort();
  assert.deepEqual(apart(of), apart(nobody));
  for (const { url } of [...of, ...nobody]) {
    const { pathname } = new URL(url);
    if (pathname.startsWith("/ledger/")) assert.match(pathname, /^\/ledger\/(checkpoint|tile\/entries\/[x0-9/]+(\.p\/\d+)?|object\/[0-9a-f]{64})$/);
  }
  const heads = (requests) => new Set(requests.map(({ headers }) => headers));
  assert.deepEqual([...heads(of)].sort(), [...heads(nobody)].sort());
});

test("a door keeps counts, and nothing of a guest", async () => {
  const kept = await busy.page.evaluate(async () => {
    const parts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      parts.push(name, ...(await cache.keys()).map(({ url }) => url));
    }
    return parts.join("\n");
  });
  assert.doesNotMatch(kept, /Mustermann|Erika|1964|AT1:|HC1:/);
  assert.match(kept, /"counts":.*reject/);
});

test("only the pick-up carries the person, and only to the test centre", async () => {
  const other = await citizen(world);
  const asked = recorded(other);
  const submitted = await world.submit({ given: "Paula", family: "Privat" });
  await other.pickUp(submitted);
  await other.ready();
  const picked = asked.length;
  await other.present("name");
  await new Promise((resolve) => setTimeout(resolve, 35_000));
  await other.done();
  for (const { url, body } of asked) {
    assert.ok(url.startsWith(world.issuer), url);
    assert.doesNotMatch(url + body, /Paula|Privat/);
    assert.ok(!url.includes(submitted.tx_code), "the code is in no address");
  }
  // Showing asks for nothing but what every open wallet asks for.
  const shown = asked.slice(picked).map(({ url }) => new URL(url).pathname);
  assert.deepEqual(shown.filter((path) => !/^\/(token|nonce|credential|notification|\.well-known\/.*)$/.test(path)), []);
  const kept = await other.page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return JSON.stringify({ ...localStorage }) + JSON.stringify(databases.map(({ name }) => name)) + location.href;
  });
  assert.doesNotMatch(kept, /Paula|Privat|AT1:/);
  await other.close();
});
