"""Build the site into build/site: lay out the pages, make the reference, run MkDocs. scripts/docs calls it."""
import json
import pathlib
import shutil
import subprocess
import sys

import yaml

from pages import Pages
from reference import Reference

KATEX = pathlib.Path("/usr/share/javascript/katex")
FONTS = pathlib.Path("/usr/share/fonts/truetype/katex")


def assets(root, target):
    """KaTeX, with its fonts, and our own style sheet and script: all that a page loads."""
    (target / "katex/fonts").mkdir(parents=True)
    for name in ("katex.min.css", "katex.min.js"):
        shutil.copyfile(KATEX / name, target / "katex" / name)
    for font in FONTS.glob("*.woff2"):
        shutil.copyfile(font, target / "katex/fonts" / font.name)
    for name in ("site.css", "site.js"):
        shutil.copyfile(root / "docs/site" / name, target / name)


def without_sources(site):
    """The search finds pages, not the texts of files that they link to."""
    path = site / "search/search_index.json"
    index = json.loads(path.read_text())
    index["docs"] = [entry for entry in index["docs"] if not entry["location"].startswith("source/")]
    path.write_text(json.dumps(index))
    return len(index["docs"])


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    work, site = root / "build/docs", root / "build/site"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    reference = Reference(root, work)
    if reference.complaints:
        print("\n".join(reference.complaints), file=sys.stderr)
        sys.exit(f"docs: Doxygen has {len(reference.complaints)} complaints: a public name needs a docstring "
                 "(docs/site/rooms.py says what is public)")

    pages = Pages(root, work / "pages")
    pages.write()
    pages.write_reference(reference.pages())
    pages.write_rest()
    assets(root, work / "pages/assets")
    (work / "mkdocs.yml").write_text(yaml.safe_dump(pages.settings(), sort_keys=False))

    ran = subprocess.run(["mkdocs", "build", "--clean", "--quiet", "--config-file", "mkdocs.yml"], cwd=work, check=False)
    if ran.returncode != 0:
        sys.exit("docs: mkdocs could not build the site")
    print(f"docs: {len(pages.place)} pages, {reference.size()} public names, "
          f"{without_sources(site)} entries of the search: build/site/index.html")


if __name__ == "__main__":
    main()
