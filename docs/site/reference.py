"""The API reference: a Markdown page for each room of rooms.py, from the XML that Doxygen makes of the public headers.

A docstring is shown as it stands in the header, formulas as plain text. pages.py puts the pages into the site.
"""
import html
import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

import undocumented
from contract_members import CONTRACT, MEMBERS
from rooms import NOT_PUBLIC_NAMES, ROOMS, headers_of

_hidden = re.compile("|".join("^" + n.replace("*", ".*") + "$" for n in NOT_PUBLIC_NAMES))


class Reference:
    """What Doxygen found, by header: .pages() has the text, .complaints what lacks a docstring."""

    def __init__(self, root, work):
        self.root = root
        self.include = root / "include/bregman"
        self.headers = headers_of(self.include)
        self.headed = set()
        self.room = {header: slug for slug, headers in self.headers.items() for header in headers}
        self._run_doxygen(work)
        self._read(work / "doxygen/xml")
        warnings = (work / "doxygen.log").read_text().splitlines()
        self.complaints, self.answered = undocumented.split(warnings, lambda file: self._room_of(file), self.documented)

    def _room_of(self, file):
        return self.room.get(file.split("include/bregman/")[-1].removeprefix("bregman/"))

    def _run_doxygen(self, work):
        public = " ".join(f"include/bregman/{h}" for headers in self.headers.values() for h in headers)
        settings = (self.root / "docs/site/Doxyfile").read_text()
        settings += f"OUTPUT_DIRECTORY = {work / 'doxygen'}\nINPUT = {public}\nEXCLUDE_SYMBOLS = {' '.join(NOT_PUBLIC_NAMES)}\n"
        ran = subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=self.root, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False)
        (work / "doxygen.log").write_text(ran.stderr)
        if ran.returncode != 0:
            raise SystemExit(f"docs: doxygen ended with {ran.returncode}:\n{ran.stderr[-2000:]}")

    def _read(self, folder):
        """entries: header -> [(line, name, kind, element)], of classes, concepts and the members of namespaces."""
        self.entries, self.files, self.documented, self.page_of = {}, {}, set(), {}
        for path in sorted(folder.glob("*.xml")):
            for compound in xml.parse(path).getroot().iter("compounddef"):
                kind, name = compound.get("kind"), compound.findtext("compoundname")
                if kind == "file":
                    self.files[compound.find("location").get("file").removeprefix("bregman/")] = compound
                elif kind == "namespace":
                    for member in compound.iter("memberdef"):
                        self._note(member, f"{name}::{member.findtext('name')}", member.get("kind"))
                elif kind in ("struct", "class", "concept") and compound.get("prot", "public") == "public":
                    self._note(compound, name, kind)
                    for member in compound.iter("memberdef"):
                        if _described(member):
                            self.documented.add(f"{undocumented.plain(name)}::{member.findtext('name')}")

    def _note(self, element, name, kind):
        if _hidden.match(undocumented.plain(name)):
            return
        if _described(element):
            self.documented.update((undocumented.plain(name), undocumented.exact(name)))
        header = element.find("location").get("file").removeprefix("bregman/")
        if header in self.room:
            element.set("full_name", name)
            line = int(element.find("location").get("line"))
            self.entries.setdefault(header, []).append((line, name, kind, element))
            self.page_of[name.removeprefix("bregman::")] = self.room[header]

    def size(self):
        return sum(len({name for _, name, _, _ in self._shown(header)}) for header in self.entries)

    # ---- text -----------------------------------------------------------------------------------------

    def pages(self):
        """{slug: Markdown}, and "index" for the page of all names."""
        pages = {slug: self._page(slug) for slug in ROOMS}
        pages["index"] = self._index()
        return pages

    def _page(self, slug):
        title, sentence, _ = ROOMS[slug]
        lines = [f"# {title}", "", f"{sentence} The contract: [{CONTRACT[slug]}]({'../' + CONTRACT[slug]}).", ""]
        for header in self.headers[slug]:
            lines += [f"## `<bregman/{header}>` {{#{_anchor(header)}}}", ""]
            if header in self.files:
                lines += self._description(self.files[header])
            lines += [f"Source: [include/bregman/{header}](../include/bregman/{header})", ""]
            for _, name, kind, element in sorted(self._shown(header), key=lambda e: e[:2]):
                lines += self._entry(slug, name, kind, element)
        return "\n".join(lines) + "\n"

    def _shown(self, header):
        """What a header has; of templates and their specialisations what has a docstring of its own."""
        return [e for e in self.entries.get(header, []) if e[2] not in ("class", "struct") or _described(e[3])]

    def _entry(self, slug, name, kind, element):
        short = name.removeprefix("bregman::")
        lines = []
        if (slug, short) not in self.headed:  # overloads stand under one heading
            self.headed.add((slug, short))
            lines += [f"### `{_tidy(short)}` {{#{_identifier(short)}}}", ""]
        lines += _code(_signature(element, kind))
        lines += self._description(element)
        if kind in ("struct", "class"):
            lines += self._members(slug, element)
        if kind == "enum":
            rows = [(v.findtext("name"), v) for v in element.iter("enumvalue")]
            lines += self._table(("value", "meaning"), [(f"<code>{_h(n)}</code>", self._html(v)) for n, v in rows])
        return lines

    def _members(self, slug, compound):
        fields, functions = [], []
        for section in compound.findall("sectiondef"):
            if not section.get("kind", "").startswith("public"):
                continue
            for member in section.findall("memberdef"):
                text = self._html(member) or self._by_contract(slug, compound, member)
                if member.get("kind") == "variable":
                    fields.append((_field(member), text))
                elif member.get("kind") in ("function", "typedef", "enum"):
                    functions.append((member, text))
        lines = self._table(("member", "meaning"), fields) if fields else []
        if functions:
            lines += ['<dl class="members" markdown="0">']
            for member, text in functions:
                lines += [f"<dt><code>{_h(_one_line(_signature(member, member.get('kind'))))}</code></dt><dd>{text}</dd>"]
            lines += ["</dl>", ""]
        return lines

    def _by_contract(self, slug, compound, member):
        name = member.findtext("name")
        owner = undocumented.plain(compound.findtext("compoundname")).rsplit("::", 1)[-1]
        siblings = [m for m in compound.iter("memberdef") if m.findtext("name") == name and _described(m)]
        if siblings:
            return "The same for other arguments."
        if name in (owner, "~" + owner, "operator="):
            return ""
        text = MEMBERS.get(slug, {}).get(name) or MEMBERS["*"].get(name)
        return f"<p>{_h(text)}</p>" if text else ""

    def _table(self, head, rows):
        if not rows:
            return []
        lines = ['<div class="fields" markdown="0"><table>', "<thead><tr>" + "".join(f"<th>{h}</th>" for h in head) + "</tr></thead>"]
        lines += ["<tbody>"] + ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
        return lines + ["</tbody></table></div>", ""]

    def _description(self, element):
        text = self._html(element)
        return [f'<div class="docstring" markdown="0">{text}</div>', ""] if text else []

    def _html(self, element):
        parts = []
        for tag in ("briefdescription", "detaileddescription"):
            described = element.find(tag)
            if described is not None:
                parts += [self._node(child) for child in described]
        return "".join(parts)

    def _node(self, node):
        inner = _links(_h(node.text or "")) + "".join(self._node(c) + _links(_h(c.tail or "")) for c in node)
        plain = "".join(node.itertext())
        if node.tag == "para":
            # A block stands beside a paragraph in HTML, not in it.
            pieces = re.split(r"(<pre>.*?</pre>|<ul>.*?</ul>)", inner, flags=re.S)
            return "".join(p if p.startswith(("<pre>", "<ul>")) else f"<p>{p.strip()}</p>" for p in pieces if p.strip())
        if node.tag in ("verbatim", "preformatted", "programlisting"):
            return f"<pre><code>{_h(_dedent(plain.replace('&zwj;', '')))}</code></pre>"
        if node.tag == "computeroutput" and plain in self.page_of:
            return f'<a href="../{self.page_of[plain]}/#{_identifier(plain)}"><code>{inner}</code></a>'
        if node.tag == "ref":
            return inner
        if node.tag == "blockquote":  # a docstring that begins with a bound, "> 0", is no quotation
            return f"&gt; {re.sub('^<p>|</p>$', '', inner)}"
        tags = {"computeroutput": "code", "emphasis": "em", "bold": "strong", "itemizedlist": "ul", "listitem": "li"}
        if node.tag == "simplesect":
            return f"<p><em>{node.get('kind')}</em></p>{inner}"
        if node.tag in ("ndash", "mdash", "zwj"):
            return {"ndash": "--", "mdash": "---", "zwj": ""}[node.tag]
        if node.tag in tags:
            return f"<{tags[node.tag]}>{inner}</{tags[node.tag]}>"
        if node.tag in ("sp", "linebreak"):
            return " "
        raise SystemExit(f"docs: reference.py does not know Doxygen's <{node.tag}>: {plain[:80]}")

    def _index(self):
        names = self.size()
        lines = ["# API reference", "",
                 f"All {names} public names, by the folder of `include/bregman` that has them; the search finds each. What is not here "
                 "is machinery: how a step is made, what is inside a backend. [Inside](../docs/inside.md) walks through that.", ""]
        for slug, (title, sentence, _) in ROOMS.items():
            lines += [f"## [{title}]({slug}.md)", "", sentence, "", '<div class="names">']
            names = []
            for header in self.headers[slug]:
                for _, name, kind, element in sorted(self._shown(header), key=lambda e: e[:2]):
                    short = name.removeprefix("bregman::")
                    link = f'<a href="{slug}/#{_identifier(short)}"><code>{_h(short)}</code></a>'
                    if link not in names and not ("<" in short or short.startswith("operator")):
                        names.append(link)
            lines += [" ".join(names), "</div>", ""]
        return "\n".join(lines) + "\n"


def _described(element):
    return any("".join(element.find(t).itertext()).strip() for t in ("briefdescription", "detaileddescription")
               if element.find(t) is not None)


def _h(text):
    return html.escape(text, quote=False)


def _anchor(header):
    return re.sub(r"[^a-z0-9]+", "-", header.lower()).strip("-")


def _identifier(name):
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")


def _links(text):
    """docs/page.md in a docstring becomes a link."""
    return re.sub(r"\bdocs/([\w/]+)\.md", lambda m: f'<a href="../../docs/{_address(m[1])}">docs/{m[1]}.md</a>', text)


def _address(page):
    return (page.removesuffix("index").rstrip("/") + "/").lstrip("/")


def _dedent(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _tidy(text):
    """Doxygen's spaces as clang-format sets them."""
    text = re.sub(r"<\s+", "<", text)
    text = re.sub(r"\s+>", ">", text)
    text = re.sub(r"\s+([&*]+)(?=[\w,>)]|$)", r"\1 ", text)
    return re.sub(r"\s+([,)>])", r"\1", re.sub(r" {2,}", " ", text)).strip()


def _text(element, tag):
    found = element.find(tag)
    return "" if found is None else "".join(found.itertext()).strip()


def _template(element):
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    shown = []
    for p in parameters.findall("param"):
        words = [_tidy(_text(p, "type")), _text(p, "declname")]
        default = _text(p, "defval")
        shown.append(" ".join(w for w in words if w) + (f" = {_tidy(default)}" if default else ""))
    requires = _text(element, "requiresclause")
    return f"template <{', '.join(shown)}>\n" + (f"    requires {requires}\n" if requires else "")


def _signature(element, kind):
    if kind == "concept":
        return _text(element, "initializer")
    name = element.findtext("name") or element.get("full_name", "").removeprefix("bregman::")
    if kind in ("struct", "class"):
        return _template(element) + f"{kind} {_tidy(name)};"
    if kind == "enum":
        return f"enum class {name} {{ {', '.join(v.findtext('name') for v in element.iter('enumvalue'))} }};"
    kind_of = _tidy(_text(element, "type"))
    if kind == "typedef":
        return _template(element) + f"using {name} = {kind_of};"
    if kind == "variable":
        return _template(element) + f"{kind_of} {name};"
    return _template(element) + _tidy(f"{kind_of} {name}{_text(element, 'argsstring')}").lstrip() + ";"


def _one_line(text):
    return re.sub(r"\s+", " ", text)


def _field(member):
    default = _one_line(_text(member, "initializer"))
    kind_of = _tidy(_text(member, "type"))
    return f"<code>{_h(kind_of)} <strong>{_h(member.findtext('name'))}</strong>{_h(' ' + default if default else '')}</code>"


def _code(text):
    return ["```cpp", text, "```", ""]


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parents[2]
    (root / "build/docs").mkdir(parents=True, exist_ok=True)
    found = Reference(root, root / "build/docs")
    print("\n".join(found.complaints))
    print(len(found.complaints), found.answered)
