"""Each dimension, metric, event, option and check is in every table and page that has them.

Whoever adds one finds here what is left to do.
"""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from asking import MONDAY, client, has, query, total
from controlling import control

import sesv2_fake
from sesv2_fake import Metric, cli, mock_sesv2
from sesv2_fake.control import endpoints
from sesv2_fake.counting.metrics import Dimension, Event
from sesv2_fake.counting.rule import DEFINITIONS
from sesv2_fake.emails.event_types import EVENT_TYPES
from sesv2_fake.fake import MetricName
from sesv2_fake.operations import metric_checks
from sesv2_fake.options import described
from sesv2_fake.verify.probes import PROBES

ROOT = Path(__file__).parents[1]
PAGE = Path(sesv2_fake.__file__).parent / "control" / "page"
SENDER, TO = "news@example.com", "ann@yahoo.com"
#: Well-formed for every dimension.
VALUE = "sample1"


def text_of(*parts):
    return ROOT.joinpath(*parts).read_text("utf-8")


def keyword_of(dimension):
    return dimension.definition.keyword


def seeded(fake, dimension, **how):
    return fake.send(SENDER, TO, at=MONDAY, **{keyword_of(dimension): VALUE}, **how)


@pytest.mark.parametrize("dimension", Dimension)
class TestDimension:
    def test_a_seed_with_it_counts_for_queries_that_filter_by_it(self, sesv2_fake, dimension):
        sesv2_fake.send(SENDER, TO, at=MONDAY)
        seeded(sesv2_fake, dimension)

        assert total("SEND", **{dimension.value: VALUE}) == 1
        assert total("SEND", **{dimension.value: "other"}) == 0

    def test_explain_names_it(self, sesv2_fake, dimension):
        noun = dimension.definition.noun
        seeded(sesv2_fake, dimension)

        other = sesv2_fake.explain(query(**{dimension.value: "other"}))

        assert f"of another {noun}: " in other
        assert VALUE in other or dimension is Dimension.EMAIL_IDENTITY

    def test_an_email_shows_it(self, sesv2_fake, dimension):
        email = seeded(sesv2_fake, dimension)

        assert f"{dimension.value}=" in repr(email)
        if dimension.definition.is_requested:
            assert getattr(email, keyword_of(dimension)) == VALUE

    def test_the_report_shows_it(self, sesv2_fake, dimension):
        total("SEND", **{dimension.value: VALUE})

        assert f"{dimension.value}={VALUE}" in sesv2_fake.report()

    def test_a_fault_may_be_for_it(self, sesv2_fake, dimension):
        sesv2_fake.deny(dimensions={dimension.value: VALUE})

        response = client().batch_get_metric_data(Queries=[query(**{dimension.value: VALUE})])

        assert [error["Code"] for error in response["Errors"]] == ["ACCESS_DENIED"]

    @pytest.mark.sesv2_fake(contract="live")
    def test_empty_and_malformed_values_are_refused(self, sesv2_fake, dimension):
        definition = dimension.definition
        for value, words in (
            ("", definition.empty_refusal),
            ("a b", definition.malformed_refusal.format(value="a b")),
        ):
            with pytest.raises(Exception, match=re.escape(words)):
                total("SEND", **{dimension.value: value})

    def test_the_control_api_takes_it_and_shows_it(self, sesv2_fake, dimension):
        keyword = keyword_of(dimension)
        with sesv2_fake.serve() as url:
            email = {"sender": SENDER, "to": TO, "at": "2026-01-05", keyword: VALUE}
            assert control(url, "POST", "emails", email)[0] == 201
            count = {"metric": "SEND", "values": 2, "dimensions": {dimension.value: VALUE}}
            assert control(url, "POST", "counts", count)[0] == 201
            _, figures = control(url, "GET", f"figures?{keyword}={VALUE}")

        assert figures["totals"]["SEND"] == 3
        assert VALUE in figures["values"][keyword]
        assert figures["labels"][keyword].lower() == dimension.definition.noun.lower()

    def test_event_records_with_its_tag_have_it(self, sesv2_fake, dimension):
        tag = dimension.definition.record_tag
        record = seeded(sesv2_fake, dimension).event_record("Send")
        assert record["mail"]["tags"].get(tag) == (None if tag is None else [VALUE])
        sesv2_fake.reset()

        sesv2_fake.load_events([record])

        assert tag is None or total("SEND", **{dimension.value: VALUE}) == 1

    def test_a_client_that_can_name_it_counts_for_it(self, sesv2_fake, dimension):
        member = {"configuration_set": "ConfigurationSetName", "tenant": "TenantName"}
        if not dimension.definition.is_requested:
            pytest.skip("follows from the email's addresses")
        name = member[keyword_of(dimension)]
        if not has("SendEmail", name):
            pytest.skip("not in this botocore")

        client().send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": [TO]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
            **{name: VALUE},
        )

        sent_at = sesv2_fake.outbox[0].sent_at
        day = sent_at.replace(hour=0, minute=0, second=0, microsecond=0)
        asked = {"start": day, "end": day + timedelta(days=1), dimension.value: VALUE}
        assert total("SEND", **asked) == 1

    def test_verify_asks_for_it(self, sesv2_fake, dimension):
        slug = keyword_of(dimension).replace("_", "-")

        assert {f"empty-{slug}", f"any-{slug}", f"{slug}-charset", f"no-such-{slug}"} <= {
            probe.id for probe in PROBES
        }

    def test_the_documents_name_it(self, sesv2_fake, dimension):
        assert f"`{dimension.value}`" in text_of("reference", "service.md")
        assert f"    {keyword_of(dimension)}: str" in text_of("docs", "api.md")

    def test_the_page_has_no_list_of_its_own(self, sesv2_fake, dimension):
        for script in PAGE.glob("*.js"):
            assert not re.search(rf"[\"'. ]{keyword_of(dimension)}\b", script.read_text("utf-8"))


@pytest.mark.parametrize("metric", Metric)
class TestMetric:
    def test_it_is_defined_and_named_in_signatures(self, metric):
        assert metric in DEFINITIONS
        assert metric in get_args(MetricName)

    def test_the_page_has_it_and_a_colour_for_it_in_light_and_dark(self, metric):
        colour = f"--{metric.value.lower().replace('_', '-')}:"

        assert f'"{metric.value}"' in (PAGE / "chart.js").read_text("utf-8")
        assert (PAGE / "page.css").read_text("utf-8").count(colour) == 2

    def test_ses_names_it_where_it_lists_them(self, sesv2_fake, metric):
        listed = next(probe.expected for probe in PROBES if "DELIVERY_COMPLAINT," in probe.expected)
        with pytest.raises(Exception, match="enum value set") as caught:
            total("NONE")

        for text in (listed, str(caught.value)):
            assert metric.value in re.findall(r"[A-Z_]+", text)

    def test_numbers_of_it_are_answered_and_shown(self, sesv2_fake, metric):
        sesv2_fake.record(metric, 3, at=MONDAY)

        assert total(metric.value) == 3
        assert "3" in sesv2_fake.explain(query(metric.value))
        assert metric.value in sesv2_fake.report()
        with sesv2_fake.serve() as url:
            assert control(url, "GET", "figures")[1]["totals"][metric.value] == 3

    def test_the_documents_name_it(self, metric):
        assert f"| `{metric.value}` |" in text_of("reference", "service.md")
        assert f"`Metric.{metric.name}`" in text_of("docs", "api.md")


#: How a test says that each event happened.
HAPPEN = {
    Event.SEND: lambda email: email,
    Event.DELIVERY: lambda email: email.deliver(),
    Event.PERMANENT_BOUNCE: lambda email: email.bounce(),
    Event.TRANSIENT_BOUNCE: lambda email: email.bounce("Transient"),
    Event.UNDETERMINED_BOUNCE: lambda email: email.bounce("Undetermined"),
    Event.COMPLAINT: lambda email: email.complain(),
    Event.OPEN: lambda email: email.open(),
    Event.CLICK: lambda email: email.click(),
}


@pytest.mark.parametrize("event", Event)
class TestEvent:
    def happened(self, fake, event, **how):
        return HAPPEN[event](fake.send(SENDER, TO, at=MONDAY, **how))

    def test_a_record_of_it_is_written_and_read_back(self, sesv2_fake, event):
        email = self.happened(sesv2_fake, event)
        record = email.event_record(EVENT_TYPES[event].record_type)
        sesv2_fake.reset()

        assert sesv2_fake.load_events([record]).taken.total() == 1
        counted_by = [metric for metric in Metric if DEFINITIONS[metric].event is event]
        assert [total(metric.value) for metric in counted_by] == [1] * len(counted_by)

    def test_an_email_says_that_it_happened(self, sesv2_fake, event):
        sent = sesv2_fake.send(SENDER, TO, at=MONDAY)

        assert (repr(self.happened(sesv2_fake, event)) == repr(sent)) is (event is Event.SEND)

    @pytest.mark.skipif(not has("GetMessageInsights"), reason="not in this botocore")
    def test_insights_have_it(self, sesv2_fake, event):
        sesv2_fake.freeze(MONDAY)
        self.happened(sesv2_fake, event, message_id="m-1")

        (insight,) = client().get_message_insights(MessageId="m-1")["Insights"]

        assert EVENT_TYPES[event].record_type.upper() in {one["Type"] for one in insight["Events"]}

    def test_the_control_api_seeds_it(self, sesv2_fake, event):
        kind = EVENT_TYPES[event]
        names = {"Delivery": "deliver", "Complaint": "complain"}
        name = names.get(kind.record_type, kind.record_type.lower())
        happening = {"event": name}
        if kind.bounce_type is not None:
            happening["bounce_type"] = kind.bounce_type
        events = [] if event is Event.SEND else [happening]
        with sesv2_fake.serve() as url:
            email = {"sender": SENDER, "to": TO, "at": "2026-01-05", "events": events}
            status, _ = control(url, "POST", "emails", email)

        assert status == 201
        assert "1 event" in repr(sesv2_fake) or event is not Event.SEND


@pytest.mark.parametrize("name", described())
class TestOption:
    def test_a_fake_takes_it_as_keyword_and_keeps_it(self, name):
        default = described()[name].default

        with mock_sesv2(**{name: default}) as fake:
            assert fake._account.options[name] == default

    def test_the_documents_have_its_help(self, name):
        (row,) = re.findall(rf"^\| `{name}` \|.*", text_of("docs", "api.md"), re.MULTILINE)

        assert described()[name].help.partition(": ")[0] in row

    def test_the_command_line_and_the_control_api_have_it_unless_it_is_of_a_process(
        self, name, capsys
    ):
        with pytest.raises(SystemExit):
            cli.main(["serve", "--help"])

        shown = f"--{name.replace('_', '-')}" in capsys.readouterr().out
        assert shown is (name not in cli._NOT_HERE)
        assert (name in endpoints.OPTIONS["properties"]) is (name not in endpoints._IN_PROCESS)
        assert json.dumps(endpoints.OPTIONS)


def test_pytest_has_an_ini_option_of_each_option_with_its_help_and_default(pytester):
    text = " ".join(pytester.runpytest("--help").stdout.str().split())

    assert set(re.findall(r"sesv2_fake_(\w+) \(", text)) == set(described())
    for option in described().values():
        assert " ".join(option.help.split()) in text
    assert "documented, live (default: documented)" in text
    assert "(default: Gmail UNKNOWN_ISP)" in text
    assert "(default: true)" in text


def rows(path, heading):
    """The first cells of the first table below a heading of a document."""
    text = (ROOT / path).read_text("utf-8").partition(f"\n{heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("reference/service.md", "## Refusals, in the order the service checks"),
        ("docs/contracts.md", "## What is refused, in SES's order"),
    ],
)
def test_the_order_of_checks_is_that_of_the_documents(path, heading):
    told = rows(path, heading)

    assert [row[0] for row in told] == [str(number) for number in range(len(metric_checks.ORDER))]
    for row, step in zip(told, metric_checks.ORDER, strict=True):
        assert re.match(rf"{re.escape(step.refuses)}(?:[,;:]| \(|$)", row[1])


def test_which_contract_refuses_is_that_of_the_documents():
    for row, step in zip(
        rows("docs/contracts.md", "## What is refused, in SES's order"),
        metric_checks.ORDER,
        strict=True,
    ):
        refuses = {"documented": row[2][:3] in ("400", "404"), "live": row[3] == "the same"}
        refuses["live"] |= row[3][:3] == "400"
        if step.checks:
            assert [name for name, is_so in refuses.items() if is_so] == list(step.checks)
        is_same = len(set(map(step.checks.get, metric_checks.CONTRACTS))) == 1
        assert (row[3] == "the same") == is_same
