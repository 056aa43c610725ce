"""Every link of a built site leads to a file of it and to an anchor that is there, and nothing is loaded from elsewhere.

usage: check_links.py SITE
"""
import html.parser
import pathlib
import sys
import urllib.parse

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(v for v in (given.get("id"), given.get("name") if tag == "a" else None) if v)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag in LOADS and given.get(LOADS[tag]) and given.get("rel") != "canonical":
            self.loads.append(given[LOADS[tag]])


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}
    faults, links = [], 0
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links start at the root of the server
        for link in page.links + page.loads:
            to = urllib.parse.urlsplit(link)
            where = path.relative_to(site)
            if to.scheme or to.netloc:
                if link in page.loads and to.scheme != "data":
                    faults.append(f"{where}: loads {link} from elsewhere")
                continue
            links += 1
            file = path if not to.path else (path.parent / urllib.parse.unquote(to.path)).resolve()
            if file.is_dir():
                file = file / "index.html"
            if not file.is_file():
                faults.append(f"{where}: there is no {link}")
            elif to.fragment and file in pages and urllib.parse.unquote(to.fragment) not in pages[file].anchors:
                faults.append(f"{where}: there is no anchor {link}")
    print("\n".join(sorted(set(faults))), end="\n" if faults else "", file=sys.stderr)
    print(f"docs: {links} links of {len(pages)} pages checked, {len(set(faults))} lead nowhere")
    sys.exit(1 if faults or not links else 0)


if __name__ == "__main__":
    main()
