"""Where event records are read from: paths, open files, texts; and where a broken one stands."""

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake.emails import json_stream

# From AWS's SES developer guide, see data/README.md.
GUIDE = Path(__file__).parents[1] / "data" / "aws_developer_guide.jsonl"
SAMPLES = [json.loads(line) for line in GUIDE.read_text().splitlines()]
SEND = next(json.dumps(sample) for sample in SAMPLES if sample["eventType"] == "Send")


def values(source):
    return [value for _, value in json_stream.values(source)]


SOURCES = {
    "path": lambda path: path,
    "path as text": str,
    "open text file": lambda path: path.open(encoding="utf-8"),
    "open binary file": lambda path: path.open("rb"),
    "file in memory": lambda path: io.StringIO(path.read_text()),
    "texts": lambda path: path.read_text().splitlines(),
    "bytes": lambda path: path.read_bytes().splitlines(),
    "dicts": lambda path: [json.loads(line) for line in path.read_text().splitlines()],
    "generator": lambda path: (json.loads(line) for line in path.read_text().splitlines()),
    "run together": lambda path: [path.read_text().replace("\n", "")],
    "gzip": lambda path: io.BytesIO(gzip.compress(path.read_bytes())),
    "one list": lambda path: io.StringIO(f"[{','.join(path.read_text().splitlines())}]"),
    "over many lines": lambda path: io.StringIO(
        "\n".join(json.dumps(sample, indent=2) for sample in SAMPLES)
    ),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_source_may_be_a_path_a_file_or_an_iterable(sesv2_fake, source, request):
    opened = source(GUIDE)
    if hasattr(opened, "close"):
        request.addfinalizer(opened.close)

    assert sum(sesv2_fake.load_events(opened).taken.values()) == 6


def test_a_byte_order_mark_and_blank_lines_are_no_records(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"\n\n{SEND}\n\n", encoding="utf-8-sig")

    assert sesv2_fake.load_events(path).taken == {"Send": 1}


def test_a_broken_line_of_a_file_is_told_by_its_number(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f'{SEND}\n\n{{"eventType": "Send"}}\n')

    with pytest.raises(ValueError, match=r"events\.jsonl, line 3: mail: expected an object"):
        sesv2_fake.load_events(path)


def test_a_line_that_is_no_json_is_told_by_its_number_and_text(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"{SEND}\nnot json\n")

    with pytest.raises(ValueError, match=r"events\.jsonl, line 2: expected JSON, got 'not json'"):
        sesv2_fake.load_events(path)


def test_bytes_that_are_no_text_are_told_by_their_line(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(f"{SEND}\n\n".encode() + b"\xff\n")

    with pytest.raises(ValueError, match=r"events\.jsonl, line 3: expected UTF-8 text, got .*0xff"):
        sesv2_fake.load_events(path)


@pytest.mark.parametrize("text", ["[2] no\n", "no\n", " [2", "[2\n"])
def test_a_text_that_is_no_json_is_told_by_its_number(text):
    with pytest.raises(ValueError, match="item 2, line 1: expected JSON, got "):
        values(["[1]\n", text])


def test_each_text_may_have_several_values_with_space_around_them():
    assert values([" [1]", "[2]\n", "[3]", "[4][5]", "\n"]) == [[1], [2], [3], [4], [5]]


def test_gzip_is_told_by_the_content(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(gzip.compress(GUIDE.read_bytes()))

    assert sum(sesv2_fake.load_events(path).taken.values()) == 6


def test_gzip_is_told_of_a_stream_that_gives_byte_by_byte():
    stream = io.BytesIO(gzip.compress(b"[1]"))
    stream.read = lambda _, read=stream.read: read(1)

    assert [value for _, value in json_stream.values(stream)] == [[1]]


def test_gzip_files_may_be_joined(tmp_path):
    path = tmp_path / "events.gz"
    path.write_bytes(gzip.compress(b"[1]") + gzip.compress(b"[2]") + b"\0\0")

    assert values(path) == [[1], [2]]


def test_gzip_that_unzips_to_much_is_read_in_blocks(monkeypatch):
    monkeypatch.setattr(json_stream, "_BLOCK", 1000)
    zipped = io.BytesIO(gzip.compress(b"[1]\n" * 100_000))

    assert len(values(zipped)) == 100_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1f\x8b\x08\x00\xff\xff", "got only the beginning of one"),
        (gzip.compress(b"[1]")[:-3], "got only the beginning of one"),
        (b"\x1f\x8b\x07\x00\xff\xff", "got a broken one"),
    ],
    ids=["header", "cut off", "broken"],
)
def test_gzip_that_is_broken_is_an_error(sesv2_fake, tmp_path, data, message):
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(data)

    with pytest.raises(ValueError, match=rf"events\.jsonl\.gz: expected a gzip file, {message}"):
        sesv2_fake.load_events(path)


def test_joined_files_have_byte_order_marks_between_their_values():
    assert values(io.StringIO("\ufeff[1]\n\ufeff[2]\ufeff")) == [[1], [2]]
    assert values(io.BytesIO("\ufeff[1]\n\ufeff[2]".encode())) == [[1], [2]]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=5), st.integers(1, 12), st.booleans(), st.booleans())
def test_blocks_of_any_size_give_the_same_values(made, size, ascii, indented):
    texts = [json.dumps(one, ensure_ascii=ascii, indent=2 if indented else None) for one in made]
    text = "\n".join(texts)
    data = text.encode("utf-8", "surrogatepass" if ascii else "ignore")
    made = [json.loads(one.encode("utf-8", "ignore")) for one in texts]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK", size)
        assert values(io.BytesIO(data)) == made
        assert values(io.StringIO(data.decode())) == made


@given(st.lists(st.sampled_from(["[1]", "", "{}", '"x"']), max_size=9), st.integers(1, 40))
def test_blocks_of_any_size_give_the_same_lines(lines, size):
    text = "\n".join([*lines, '{"a": nonsense}', "[2]", "[3]"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK", size)
        with pytest.raises(ValueError, match=f"^source, line {len(lines) + 1}: expected JSON"):
            values(io.StringIO(text))


def test_what_follows_a_broken_line_is_not_read():
    class Endless(io.RawIOBase):
        lines = 0

        def readable(self):
            return True

        def read(self, size=-1):
            assert self.lines < 5
            self.lines += 1
            return b"[1]\n" * 1000 if self.lines == 1 else b"[1, oops]\n" * 1000

    with pytest.raises(ValueError, match=r"^source, line 1001: expected JSON, got '\[1, oops\]'"):
        values(Endless())


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (7, TypeError, "source: expected a path, an open file"),
        (b"{}", TypeError, "source: expected a path, an open file"),
        ('{"eventType": "Send"}', ValueError, "looks like JSON; give JSON texts in a list"),
        ("no-such-file.jsonl", FileNotFoundError, "no-such-file"),
    ],
)
def test_a_wrong_source_is_an_error(sesv2_fake, source, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.load_events(source)


def test_a_number_that_python_does_not_read_is_an_error_at_once(sesv2_fake, tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text(f'{{"eventType": "Send", "n": {"1" * 5_000}}}\n')

    with pytest.raises(ValueError, match=r"line 1: expected JSON, got .*limit"):
        sesv2_fake.load_events(events)
