"""Lay out the pages of the site in build/docs/pages, as MkDocs wants them, and write its settings.

The pages keep their places below the root, so that links among them hold. A link to a file that is no page, such as a header or
a script, leads to a page with its text; one to a folder to a list of its pages. The README becomes overview.md, since the first
page is docs/site/index.md.
"""
import pathlib
import posixpath
import re
import shutil

import yaml

from rooms import ROOMS

FOLDERS = ["docs", "examples", "python"]
LOOSE = {"README.md": "overview.md", "docs/site/index.md": "index.md", "CONTRIBUTING.md": "CONTRIBUTING.md",
         "SECURITY.md": "SECURITY.md", "CHANGELOG.md": "CHANGELOG.md"}
PICTURES = {".png", ".svg", ".jpg"}
LANGUAGES = {".hpp": "cpp", ".cpp": "cpp", ".cu": "cpp", ".py": "python", ".txt": "cmake", ".json": "json", ".toml": "toml",
             ".sh": "bash", ".yml": "yaml"}


def _lists_apart(text):
    """GitHub starts a list behind a line of text, Python-Markdown behind an empty one."""
    lines, fenced = [], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        before = lines[-1] if lines else ""
        if not fenced and re.match(r"[-*] |1\. ", line) and before.strip() and not re.match(r"\s|[-*] |\d+\. |```", before):
            lines.append("")
        lines.append(line)
    return "\n".join(lines) + "\n"


class Pages:
    def __init__(self, root, target):
        self.root, self.target = root, target
        self.place = dict(LOOSE)  # file below the root -> page below build/docs/pages
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*.md")):
                page = path.relative_to(root)
                if not any(part.startswith(".") or part == "build" for part in page.parts):
                    self.place.setdefault(str(page), str(page))
        self.sources, self.lists = set(), set()

    def write(self):
        for source, page in self.place.items():
            self._put(page, self._page(source, (self.root / source).read_text()))

    def write_reference(self, pages):
        """Pages that stand in api/ and link to files below the root as if they stood in the root."""
        for slug, text in pages.items():
            self.place[f"api/{slug}.md"] = f"api/{slug}.md"
        for slug, text in pages.items():
            self._put(f"api/{slug}.md", self._page(f"api/{slug}.md", text))

    def write_rest(self):
        """What the pages have linked to: texts of files, lists of the pages in a folder."""
        for folder in sorted(self.lists):
            self._put(f"{folder}/index.md", self._list(folder))
        for source in sorted(self.sources):
            self._put(f"source/{source}.md", self._source(source))

    def _put(self, page, text):
        path = self.target / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    # ---- one page -------------------------------------------------------------------------------------

    def _page(self, source, text):
        text = re.sub(r"^<!-- compiled: \S+ -->\n(?=```)", "", text, flags=re.M)
        parts = re.split(r"(^```.*?^```$|^(?: {4}|\t)[^\n]*$|`[^`\n]*`)", text, flags=re.M | re.S)
        for i in range(0, len(parts), 2):
            if not source.startswith("api/"):  # "<b, y>" is an inner product, not bold
                parts[i] = re.sub(r"<(?!/?(?:a|div)[ >]|!--|https?:)", "&lt;", parts[i])
            parts[i] = re.sub(r"(\]\()([^()\s]+)(\))", lambda m: m[1] + self._link(source, m[2]) + m[3], parts[i])
        return _lists_apart("".join(parts))

    def _link(self, source, link):
        if re.match(r"#|[a-z]+:", link):
            return link
        file, _, anchor = link.partition("#")
        there = posixpath.normpath(posixpath.join(posixpath.dirname(source), file))
        page = self._page_of(source, link, there)
        here = posixpath.dirname(self.place[source])
        return posixpath.relpath(page, here or ".") + (f"#{anchor}" if anchor else "")

    def _page_of(self, source, link, there):
        if there in self.place:
            return self.place[there]
        path = self.root / there
        if path.is_dir():
            for index in ("index.md", "README.md"):
                if f"{there}/{index}" in self.place:
                    return self.place[f"{there}/{index}"]
            self.lists.add(there)
            return f"{there}/index.md"
        if not path.is_file():
            raise SystemExit(f"docs: {source} links to {link}, and there is no {there}")
        if path.suffix in PICTURES:
            (self.target / there).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.target / there)
            return there
        self.sources.add(there)
        return f"source/{there}.md"

    def _title(self, page):
        found = re.search(r"^# (.+)$", (self.root / page).read_text(), flags=re.M)
        return found.group(1) if found else posixpath.basename(page)

    def _first_sentence(self, page):
        text = (self.root / page).read_text()
        found = re.search(r"^# .+\n\n((?:[^\n#|`<!].*\n)+)", text)
        return re.split(r"(?<=[.:]) ", found.group(1).replace("\n", " "))[0].rstrip(":") if found else ""

    def _list(self, folder):
        name = posixpath.basename(folder).replace("_", " ").capitalize()
        lines = [f"# {name}", "", "| page | |", "|---|---|"]
        for source, page in sorted(self.place.items()):
            if posixpath.dirname(source) == folder:
                sentence = re.sub(r"\]\([^)]*\)", "]", self._first_sentence(source)).replace("[", "").replace("]", "")
                lines.append(f"| [{self._title(source)}]({posixpath.basename(page)}) | {sentence} |")
        for path in sorted((self.root / folder).glob("*")):
            if path.suffix in (".cpp", ".hpp"):
                self.sources.add(f"{folder}/{path.name}")
                lines.append(f"| [{path.name}]({posixpath.relpath('source/' + folder, folder)}/{path.name}.md) | |")
        return "\n".join(lines) + "\n"

    def _source(self, source):
        text = (self.root / source).read_text(errors="replace")
        suffix = pathlib.PurePath(source).suffix
        language = LANGUAGES.get(suffix, "bash" if text.startswith("#!") and "bash" in text[:40] else "text")
        if text.startswith("#!/usr/bin/env python3"):
            language = "python"
        fence = "`" * (3 + max((len(m) - 2 for m in re.findall(r"^`{3,}", text, flags=re.M)), default=0))
        return f"# `{source}`\n\n{fence}{language}\n{text.rstrip()}\n{fence}\n"

    # ---- MkDocs' settings -----------------------------------------------------------------------------

    def settings(self):
        settings = yaml.safe_load((self.root / "docs/site/mkdocs.yml").read_text())
        shown = set()
        settings["nav"] = [e for e in (self._entry(entry, shown) for entry in settings["nav"]) if e]
        forgotten = sorted(set(self.place.values()) - shown)
        if forgotten:
            raise SystemExit(f"docs: docs/site/mkdocs.yml has no entry for {', '.join(forgotten)}")
        return settings

    def _entry(self, entry, shown):
        if isinstance(entry, str):
            shown.add(entry)
            return entry
        (title, what), = entry.items()
        if isinstance(what, list):
            return {title: [e for e in (self._entry(x, shown) for x in what) if e]}
        if not what.endswith("/*"):
            shown.add(what)
            return {title: what}
        folder = what[:-2]
        if folder == "api":
            pages = [f"api/{slug}.md" for slug in ["index", *ROOMS]]
        else:
            pages = sorted(p for p in self.place.values() if p.startswith(folder + "/"))
            pages.sort(key=lambda p: posixpath.basename(p) not in ("index.md", "README.md"))
        shown.update(pages)
        lists = [f"{folder}/index.md"] if folder in self.lists else []
        return {title: lists + pages} if pages else None
