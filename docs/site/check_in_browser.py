"""Open a built site in headless Chromium, over DevTools' pipe, and say what is wrong with it.

usage: check_in_browser.py SITE [--screenshots FOLDER]
Every page at 390 px: no error in the console, nothing loaded from elsewhere or missing, no sideways scrolling, formulas and
pictures there. A page of each kind at 1280 px, light and dark. Then a reader's way: search for "quantile", follow the results.
"""
import argparse
import base64
import functools
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

LAW, REFERENCE = "docs/policies/control/quantile/", "api/control/"
KINDS = ["", "docs/concepts/control_law/", LAW, REFERENCE, "api/", "docs/solvers/", "docs/control_laws_compared/"]


class Browser:
    """One tab. Faults of the page that is open gather in .faults."""

    def __init__(self, profile):
        to_read, to_write = os.pipe()
        answers, answer = os.pipe()
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
                   "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
                   "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{answer}', "browser", *command],
                                        pass_fds=(to_read, answer), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(answer)
        self.to, self.back = os.fdopen(to_write, "wb", 0), os.fdopen(answers, "rb")
        self.calls, self.rest, self.faults, self.loaded, self.session, self.home = 0, b"", [], False, None, None
        self.width = None
        tab = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _message(self):
        while b"\0" not in self.rest:
            more = os.read(self.back.fileno(), 1 << 16)
            if not more:
                raise SystemExit("docs: Chromium has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise SystemExit(f"docs: Chromium refuses {method}: {answer['error']['message']}")
                return answer["result"]
            self._event(answer)

    def _event(self, event):
        name, seen = event.get("method"), event.get("params", {})
        if name == "Page.loadEventFired":
            self.loaded = True
        elif name == "Runtime.exceptionThrown":
            self.faults.append("exception: " + seen["exceptionDetails"].get("exception", {}).get("description", "?"))
        elif name == "Runtime.consoleAPICalled" and seen["type"] in ("error", "assert"):
            self.faults.append("console: " + " ".join(str(a.get("value", a.get("description"))) for a in seen["args"]))
        elif name == "Log.entryAdded" and seen["entry"]["level"] == "error":
            self.faults.append(f"console: {seen['entry']['text']} {seen['entry'].get('url', '')}")
        elif name == "Network.requestWillBeSent":
            url = seen["request"]["url"]
            if not url.startswith((self.home or url, "data:", "blob:", "about:")):
                self.faults.append(f"loads {url}")
        elif name == "Network.responseReceived" and seen["response"]["status"] >= 400:
            self.faults.append(f"{seen['response']['status']} for {seen['response']['url']}")

    def wait_for_load(self):
        while not self.loaded:
            self._event(self._message())
        self.loaded = False

    def open(self, url):
        self.loaded = False
        self.call("Page.navigate", url=url)
        self.wait_for_load()

    def value(self, expression):
        """Of a JavaScript expression, or of the promise that it is."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise SystemExit(f"docs: {found['exceptionDetails'].get('exception', {}).get('description')} in {expression}")
        return found["result"].get("value")

    def look(self, width, dark=False):
        if self.home:  # the colours that an earlier page has chosen
            self.call("Storage.clearDataForOrigin", origin=self.home.rstrip("/"), storageTypes="all")
        self.width = width
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait()


# A phone's innerWidth grows with what is too wide, so the width that was asked for is what counts.
STATE = """(() => ({
    over: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - WIDTH,
    unread: [...document.querySelectorAll('.arithmatex')].filter(e => !e.querySelector('.katex')).length,
    wrong: document.querySelectorAll('.katex-error').length,
    blank: [...document.images].filter(i => i.complete && i.naturalWidth === 0).length,
    heading: document.querySelector('article h1') !== null,
    background: getComputedStyle(document.body).backgroundColor}))()"""

# Opens the search as a click does, and waits until its worker has read the index; then until there are results of the whole word, which
# their addresses name, and not of its first letters.
READY = """new Promise(done => {
    const said = document.querySelector('.md-search-result__meta');
    const look = () => said.textContent.trim() !== 'Initializing search' && done(true);
    new MutationObserver(look).observe(said, {childList: true, subtree: true, characterData: true});
    setTimeout(() => done(false), 20000);
    document.querySelector('#__search').checked = true;
    document.querySelector('.md-search__input').focus();
    look();
})"""
RESULTS = """new Promise(done => {
    const list = document.querySelector('.md-search-result__list');
    const look = () => {
        const links = [...list.querySelectorAll('a.md-search-result__link')].map(a => a.href);
        if (links.length && links.every(link => link.includes('?h=WORDS'))) done(links);
    };
    new MutationObserver(look).observe(list, {childList: true, subtree: true});
    setTimeout(() => done([]), 20000);
    look();
})"""


def check_page(browser, home, address, label, faults):
    browser.faults.clear()
    browser.open(home + address)
    state = browser.value(STATE.replace("WIDTH", str(browser.width)))
    for key, fault in (("over", "px wider than the screen"), ("unread", "formulas not rendered"),
                       ("wrong", "formulas with an error"), ("blank", "pictures missing")):
        if state[key] > 0:
            browser.faults.append(f"{state[key]} {fault}")
    if not state["heading"]:
        browser.faults.append("no heading")
    faults += [f"{address or 'the first page'} ({label}): {fault}" for fault in browser.faults]
    return state["background"]


def search(browser, home, words):
    """The links that a reader gets who types these words on the first page."""
    browser.open(home)
    if not browser.value(READY):
        return []
    for letter in words:
        browser.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
        browser.call("Input.dispatchKeyEvent", type="keyUp", key=letter)
    return browser.value(RESULTS.replace("WORDS", words))


def check_search(browser, home, faults):
    """Searches, and follows the first results as a click does."""
    browser.faults.clear()
    results = search(browser, home, "quantile")
    for wanted in (LAW, REFERENCE):
        if not any(r.startswith(home + wanted) for r in results):
            faults.append(f"the search for \"quantile\" does not find {wanted}")
    for number, result in enumerate(results[:5]):
        search(browser, home, "quantile")
        browser.loaded = False
        browser.value(f"document.querySelectorAll('a.md-search-result__link')[{number}].click()")
        browser.wait_for_load()
        there = browser.value("({url: location.href, text: document.body.innerText.toLowerCase()})")
        if re.split("[?#]", there["url"])[0] != re.split("[?#]", result)[0] or "quantile" not in there["text"]:
            faults.append(f"the result {result} leads to {there['url']}, which does not speak of quantile")
    faults += [f"search: {fault}" for fault in browser.faults]
    return len(results)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site; with an empty index of the search until that is looked at, for each page would read all of it."""

    searched = False
    NO_INDEX = b'{"config": {"lang": ["en"], "separator": "[\\\\s\\\\-]+", "pipeline": ["trimmer"]}, "docs": []}'

    def do_GET(self):
        if self.path.endswith("/search_index.json") and not Quiet.searched:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(self.NO_INDEX)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    given = parser.parse_args()
    site = given.site.resolve()
    pages = sorted(str(p.parent.relative_to(site)) + "/" for p in site.rglob("index.html"))
    pages = ["" if p == "./" else p for p in pages if not p.startswith("source/")]

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_address[1]}/"

    faults = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        browser.home = home
        browser.look(390)
        for page in pages:
            check_page(browser, home, page, "390 px", faults)
        backgrounds = {}
        for width, dark in ((1280, False), (1280, True), (390, False)):
            browser.look(width, dark)
            label = f"{width} px, {'dark' if dark else 'light'}"
            for page in KINDS if width > 390 or given.screenshots else []:
                backgrounds[label] = check_page(browser, home, page, label, faults)
                if given.screenshots:
                    given.screenshots.mkdir(parents=True, exist_ok=True)
                    browser.picture(given.screenshots / f"{page.strip('/').replace('/', '_') or 'first'}-{label.replace(' px, ', '-')}.png")
        if backgrounds["1280 px, light"] == backgrounds["1280 px, dark"]:
            faults.append("the dark page has the colours of the light one")
        browser.look(1280)
        Quiet.searched = True
        results = check_search(browser, home, faults)
        browser.close()
    server.shutdown()

    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    print(f"docs: {len(pages)} pages in Chromium, {results} results for \"quantile\": {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
