"""Which of Doxygen's warnings count: every public name without a docstring, and every docstring that Doxygen cannot read.

Four kinds of names are answered without one, and the reference says there what they are:
  * a member that a contract asks for (contract_members.py): the contract has its meaning;
  * an overload of a function of the same class or namespace that has a docstring;
  * a constructor, destructor, assignment or deduction guide of a class that has one;
  * a specialisation, with its members, of a template that has one.
"""
import re

from contract_members import MEMBERS

_undocumented = re.compile(
    r"^(?P<file>\S+?):(?P<line>\d+): warning: (?:Member (?P<member>.+) \((?P<kind>[a-z ]+)\) of "
    r"(?P<scope_kind>class|struct|union|namespace|file|concept) (?P<scope>.+?)|Compound (?P<compound>.+)) is not documented\.$")


def plain(name):
    """A qualified name without template arguments and blanks: bregman::a< T >::b -> bregman::a::b."""
    depth, text = 0, []
    for letter in name.replace("operator()", "operator@"):
        depth += letter == "<"
        if depth == 0 and not letter.isspace():
            text.append(letter)
        depth -= letter == ">"
    return "".join(text).replace("operator@", "operator()")


def member_name(declaration):
    if declaration.startswith("operator()"):
        return "operator()"
    if declaration.startswith("operator"):
        return re.match(r"operator[^(]*", declaration).group(0).strip()
    return re.match(r"[^(<]+", declaration).group(0).strip()


def exact(name):
    return re.sub(r"\s+", "", name)


def answered(room, documented, scope, declaration, in_class):
    """Why this member needs no docstring, or None. `documented` has the names with one, exact() and plain()."""
    name, owner = member_name(declaration), plain(scope)
    last = owner.rsplit("::", 1)[-1]
    if f"{owner}::{name}" in documented:
        return "an overload has one"
    if "<" in scope and owner in documented and exact(scope) not in documented:
        return "a specialisation"
    if owner in documented and name in (last, "~" + last, "operator="):
        return "its class has one"
    if in_class and (name in MEMBERS.get(room, {}) or name in MEMBERS["*"]):
        return "its contract has one"
    return None


def split(warnings, room_of, documented):
    """(complaints, answered): lines to show, and how many names of each kind are answered."""
    complaints, counts, skip = [], {}, False
    for line in warnings:
        if re.search(r"warning: no (uniquely )?matching class member found for", line):
            skip = True  # a definition outside its class, with a trailing return type: the declaration has the docstring
            continue
        if skip and (line.startswith(("  ", "Possible candidates")) or not line.strip()):
            continue
        skip = False
        found = _undocumented.match(line)
        if not found:
            if line.strip():
                complaints.append(line)
            continue
        room = room_of(found["file"])
        if found["compound"]:
            name = found["compound"]
            why = "a specialisation" if "<" in name and plain(name) in documented else None
        else:
            in_class = found["scope_kind"] in ("class", "struct")
            why = answered(room, documented, found["scope"], found["member"], in_class)
        if why:
            counts[why] = counts.get(why, 0) + 1
        else:
            complaints.append(line)
    return complaints, counts
