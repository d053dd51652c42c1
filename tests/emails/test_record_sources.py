"""Where event records are: folders, patterns, several paths, queues; and what comes beside them."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest
from asking import MONDAY, ask, total
from records import record, sns


def line(id):
    return json.dumps(record(id=id)) + "\n"


@pytest.fixture
def folder(tmp_path):
    """A folder as Firehose writes one."""
    files = {
        "2026/01/05/00/a.jsonl": line("m-1").encode(),
        "2026/01/05/01/b.gz": gzip.compress((line("m-2") + line("m-3")).encode()),
        "2026/01/06/00/c": line("m-4").encode(),
        ".DS_Store": b"\0",
        "_temporary/part": b"\0",
        "2026/_SUCCESS": b"",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


class TestFolders:
    def test_all_files_below_are_read(self, sesv2_fake, folder):
        assert sesv2_fake.load_events(folder).taken == {"Send": 4}
        assert ask("SEND") == {date(2026, 1, 5): 4}

    def test_a_pattern_names_some(self, sesv2_fake, folder):
        assert sesv2_fake.load_events(f"{folder}/2026/01/05/*/*").taken == {"Send": 3}
        assert sesv2_fake.load_events(f"{folder}/**/*.gz").repeated == {"Send": 2}

    def test_a_list_may_have_paths_texts_and_dicts(self, sesv2_fake, folder):
        day = folder / "2026" / "01"
        loaded = sesv2_fake.load_events(
            [day / "05", str(day / "06" / "00" / "c"), line("m-5"), record(id="m-6")]
        )

        assert loaded.taken == {"Send": 6}

    def test_they_are_read_in_order_of_name(self, sesv2_fake, folder):
        (folder / "2026/01/05/01/b.gz").write_bytes(b"[1]")
        (folder / "2026/01/06/00/c").write_bytes(b"[2]")

        with pytest.raises(ValueError, match=r"b\.gz, line 1: record: expected a JSON object"):
            sesv2_fake.load_events(folder)
        assert total("SEND") == 0

    def test_progress_is_the_share_of_all_bytes(self, sesv2_fake, folder):
        (folder / "0.jsonl").write_text('{"eventType": "Reject"}\n' * 10_000)
        shares = []

        sesv2_fake.load_events(folder, progress=lambda _, share: shares.append(share))

        assert [0.9 < share < 1 for share in shares] == [True]

    @pytest.mark.parametrize("name", ["empty", "*.none", "none"])
    def test_none_is_an_error_that_names_it(self, sesv2_fake, tmp_path, name):
        (tmp_path / "empty").mkdir()

        with pytest.raises(FileNotFoundError, match=r"No .*file") as caught:
            sesv2_fake.load_events(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)

    @pytest.mark.parametrize("name", ["[a].jsonl", "{b}.jsonl"])
    def test_a_file_whose_name_looks_like_json_or_a_pattern(
        self, sesv2_fake, tmp_path, monkeypatch, name
    ):
        monkeypatch.chdir(tmp_path)
        Path(name).write_text(line("m-1"))

        assert sesv2_fake.load_events(name).taken == {"Send": 1}
        assert sesv2_fake.load_events(Path(name)).repeated == {"Send": 1}
        assert sesv2_fake.load_events([Path(name)]).repeated == {"Send": 1}

    def test_a_text_that_is_neither_json_nor_a_path(self, sesv2_fake):
        for text in ("none.jsonl", "x" * 5_000, "a\0b"):
            with pytest.raises(ValueError, match="item 1, line 1: expected JSON, got "):
                sesv2_fake.load_events([text])


class TestQueues:
    def received(self, *records):
        """What `receive_message()` of a client of SQS returns."""
        return {
            "Messages": [
                {
                    "MessageId": str(place),
                    "ReceiptHandle": "...",
                    "MD5OfBody": "...",
                    "Body": json.dumps(sns(one)),
                }
                for place, one in enumerate(records)
            ],
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }

    def test_what_receive_message_returns(self, sesv2_fake):
        found = self.received(record(id="m-1"), record(id="m-2"))

        assert sesv2_fake.load_events(found).taken == {"Send": 2}
        assert sesv2_fake.load_events(found["Messages"]).repeated == {"Send": 2}

    def test_an_empty_queue_is_no_error(self, sesv2_fake):
        loaded = sesv2_fake.load_events([{"ResponseMetadata": {"HTTPStatusCode": 200}}])

        assert loaded.taken == {}


#: What reaches the same topic, function or bus and is no record of an email's event.
OTHERS = {
    "Received": sns({"notificationType": "Received", "mail": {}, "receipt": {}, "content": ""}),
    "Received by Lambda": {
        "Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": {}}}]
    },
    "AmazonSnsSubscriptionSucceeded": sns(
        {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "..."}
    ),
    "Advisor Recommendation Status Open": {
        "detail-type": "Advisor Recommendation Status Open",
        "source": "aws.ses",
        "detail": {"version": "1.0.0", "data": {}},
    },
    "Sending Status Disabled": {
        "detail-type": "Sending Status Disabled",
        "source": "aws.ses",
        "detail": {"version": "1.0.0"},
    },
}


@pytest.mark.parametrize("kind", OTHERS)
def test_values_that_are_no_email_records_are_skipped_by_type(sesv2_fake, kind):
    loaded = sesv2_fake.load_events([OTHERS[kind], record()])

    assert loaded.skipped == {kind.removesuffix(" by Lambda"): 1}
    assert loaded.taken == {"Send": 1}
    assert total("SEND", start=MONDAY) == 1
