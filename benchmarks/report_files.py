"""What the reports of the experiments on speech have in common: files that are whole or not there."""
import json
import os


def write(path, text):
    """Under a temporary name beside it, then renamed."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def tell(rows, table, draw, folder):
    """rows.json, the table on the terminal, and what draw(rows, folder) makes of the rows: rows.svg and rows.png."""
    write(folder / "rows.json", json.dumps(rows, indent=2) + "\n")
    print(table)
    draw(rows, folder)
    print(f"{folder}/rows.json, rows.svg, rows.png")
