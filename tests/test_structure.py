"""The code stays where a newcomer finds it: small files, small folders, no circle of imports."""

from collections import Counter
from statistics import median

from tests.structure import PAGE, circle, modules, rooms, with_rooms

MOST_MODULES = 15  # side by side in a folder
MOST_LINES = 400
MOST_CHARACTERS = 160  # in a line of a template
MOST_SHARE = 0.25  # of the code, in one room with all that lies in it


def test_no_modules_import_one_another():
    assert circle() == []


def test_no_folder_has_more_modules_than_one_overlooks():
    counted = Counter(each.room for each in modules() if each.path.name != "__init__.py")
    assert {room: n for room, n in counted.items() if n > MOST_MODULES} == {}


def test_files_are_short():
    lines = {each.name: each.lines for each in modules()}
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}
    assert median(lines.values()) < 100


def test_no_room_holds_more_than_a_quarter_of_the_code():
    lines: Counter[str] = Counter()
    for each in modules():
        application, *rooms = each.room.split("/")
        lines["/".join((application, *rooms[:1]))] += each.lines
    room, most = lines.most_common(1)[0]
    assert most <= MOST_SHARE * lines.total(), room


def test_the_docs_list_the_rooms_as_they_are():
    page = PAGE.read_text()
    assert len(list(rooms())) > 30
    assert page == with_rooms(page), "run `python -m tests.structure`"


def test_lines_of_templates_are_short():
    long = {
        f"{path}:{number}": len(line)
        for path in sorted((PAGE.parents[1] / "templates").rglob("*.*"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > MOST_CHARACTERS
    }
    assert long == {}
