"""Export jobs: four operations. What stands in the files is in `export_files.py`.

A job is `PROCESSING` when it is first looked at, and done at the next look.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator
from urllib.parse import unquote

from ..account import Account
from ..counting import timestamps
from ..counting.metrics import DIMENSIONS, METRICS, is_well_formed
from ..untyped import JSONObject, Members
from . import export_files
from .calls import Reply, without_none
from .errors import (
    Refusal,
    bad_request,
    constraint,
    constraints_refusal,
)
from .export_files import Interval, MessagesSource, MetricsSource
from .metric_checks import ANY, PARTIAL_DAYS, invalid_value
from .metric_queries import parse_timestamp
from .paging import page, size_of
from .requests import (
    HttpRequest,
    as_list,
    as_string,
    as_structure,
    get_list,
    get_string,
    get_structure,
    parse_json,
)

#: Jobs of one source type at work at a time. [guide: quotas] That each type has as many of its own
#: is [open: export-quota].
_MOST_JOBS = 20
#: Also the page if no size is given. [open: export-page]
_PAGE = 100
_NEWEST = 10**9

SOURCE_TYPES = ("METRICS_DATA", "MESSAGE_INSIGHTS")
STATUSES = ("CREATED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED")
FORMATS = ("CSV", "JSON")

_JOB = re.compile(r"/v2/email/export-jobs/([^/]+?)(?:/cancel)?/*")


class ExportJob:
    """An export job that the code under test created.

    It has a `job_id`, a `region`, a `source_type` (`METRICS_DATA` or `MESSAGE_INSIGHTS`), a
    `data_format` (`CSV` or `JSON`) and the `file_name` of its file. Its `status` is `PROCESSING`,
    `COMPLETED`, `FAILED` or `CANCELLED`, as the code under test saw it last.

    .. versionadded:: 0.3
    """

    __slots__ = (
        "_completed",
        "_content",
        "_created",
        "_data_source",
        "_error",
        "_processed",
        "_source",
        "_was_read",
        "data_format",
        "file_name",
        "job_id",
        "region",
        "source_type",
        "status",
    )

    def __init__(
        self,
        job_id: str,
        region: str,
        data_format: str,
        data_source: JSONObject,
        source: MetricsSource | MessagesSource,
    ) -> None:
        self.job_id = job_id
        self.region = region
        self.source_type = SOURCE_TYPES[isinstance(source, MessagesSource)]
        self.data_format = data_format
        self.status = "PROCESSING"
        self._created = timestamps.now()
        self.file_name = export_files.file_name_of(self.job_id, source, self._created, data_format)
        self._data_source = data_source
        self._source = source
        self._was_read = False
        self._completed: int | None = None
        self._content: str | None = None
        self._processed = 0
        self._error: str | None = None

    @property
    def created_at(self) -> dt.datetime:
        """When it was created, in UTC."""
        return timestamps.to_datetime(self._created)

    @property
    def content(self) -> str | None:
        """The text of its file; None until the job is completed."""
        return self._content

    def fail(self, message: str = "The export job failed.") -> ExportJob:
        """Have the job end as `FAILED` with this message, instead of completed.

        Raises TypeError if the message is not text, and RuntimeError if the job has ended already.
        """
        if not isinstance(message, str):
            raise TypeError(f"message: expected text, got {message!r}")
        if self.status != "PROCESSING":
            raise RuntimeError(f"fail: the job is {self.status} already")
        self._error = message
        return self

    def __repr__(self) -> str:
        return f"<ExportJob: {self.source_type} as {self.data_format}, {self.status}>"

    def _read_by_client(self, account: Account) -> None:
        """An answer shows it to the code under test; the second answer shows it done."""
        if self.status != "PROCESSING" or not self._was_read:
            self._was_read = True
            return
        self._completed = timestamps.now()
        if self._error is not None:
            self.status = "FAILED"
            return
        rows = export_files.rows_of(account, self.region, self._source)
        self._content = export_files.FORMATS[type(self._source), self.data_format](
            self._source, rows
        )
        self._processed = export_files.processed_records(account, self.region, self._source)
        self.status = "COMPLETED"


def create_export_job(account: Account, request: HttpRequest) -> Reply:
    """Begin to write a file of metrics or of messages."""
    members = parse_json(request.body)
    data_source = get_structure(members, "ExportDataSource")
    # In the order of the service. [live]
    sources = [name for name in _SOURCES if data_source.get(name) is not None]
    if len(sources) != 1:
        raise bad_request("One data source must be provided")
    (name,) = sources
    data_format = _destination(members)
    if not account.vdm.of(request.region).vdm_enabled:
        raise bad_request("To use this feature you must enable Virtual Deliverability Manager")
    read = _SOURCES[name]
    # That the members of the source come before its interval is [open: export-words].
    source, as_sent = read(get_structure(data_source, name))
    if source.interval.start >= source.interval.end:
        raise bad_request("Invalid date range")
    if isinstance(source, MetricsSource) and any(
        bound % timestamps.DAY for bound in source.interval
    ):
        raise bad_request(PARTIAL_DAYS)
    jobs = account.export_jobs
    with account.messages.lock:
        job_id = export_files.job_id(len(jobs))
        job = ExportJob(job_id, request.region, data_format, {name: as_sent}, source)
        at_work = [
            one
            for one in jobs
            if (one.region, one.source_type) == (job.region, job.source_type)
            if one.status == "PROCESSING"
        ]
        if len(at_work) >= _MOST_JOBS:
            raise Refusal(
                "LimitExceededException",
                f"There are too many <{job.source_type}> export jobs running - either cancel one "
                "of the jobs or wait for it to complete before resubmitting.",
            )
        jobs.append(job)
    return Reply({"JobId": job_id})


def _destination(members: Members) -> str:
    if members.get("ExportDestination") is None:
        raise constraints_refusal([constraint("exportDestination", "not be null")])
    destination = get_structure(members, "ExportDestination")
    data_format = get_string(destination, "DataFormat")
    _refuse(_enum("exportDestination.dataFormat", data_format, FORMATS))
    if destination.get("S3Url") is not None:
        raise bad_request("Providing a custom S3 URL is not supported")
    return data_format or ""


def get_export_job(account: Account, request: HttpRequest) -> Reply:
    """A job, and where its file is if it is completed."""
    job = _named(account, request)
    with account.messages.lock:
        job._read_by_client(account)
    destination: JSONObject = {"DataFormat": job.data_format}
    payload: JSONObject = {
        **_summary(job),
        "ExportDestination": destination,
        "ExportDataSource": job._data_source,
    }
    if job.status == "COMPLETED":
        from . import export_server  # loads an HTTP server

        destination["S3Url"] = export_server.url_of(account, request.origin, job.file_name)
        payload["Statistics"] = {"ProcessedRecordsCount": job._processed}
    if job.status == "FAILED":
        payload["FailureInfo"] = {"ErrorMessage": job._error}  # [open: export-failure]
    return Reply(payload)


def list_export_jobs(account: Account, request: HttpRequest) -> Reply:
    """A page of the jobs, the newest first. All of them are looked at."""
    members = parse_json(request.body)
    source_type, status = (get_string(members, name) for name in ("ExportSourceType", "JobStatus"))
    size = size_of(members.get("PageSize"), _PAGE)
    token = get_string(members, "NextToken")
    if not 1 <= size <= _PAGE:
        raise bad_request(f"PageSize must be between 1 and {_PAGE}")
    # The words of unknown filters are [open: export-words].
    if source_type is not None:
        _refuse(_enum("exportSourceType", source_type, SOURCE_TYPES))
    if status is not None:
        _refuse(_enum("jobStatus", status, STATUSES))
    with account.messages.lock:
        jobs = [job for job in account.export_jobs if job.region == request.region]
        for job in jobs:
            job._read_by_client(account)
    found = {
        f"{_NEWEST - number:010d}": job  # pages go by the order of these
        for number, job in enumerate(jobs)
        if source_type in (None, job.source_type) and status in (None, job.status)
    }
    scope = f"export jobs {request.region} {source_type} {status}"
    try:
        shown, next_token = page(found, scope, size, token)
    except ValueError:
        raise bad_request("Failed to deserialize token. ") from None
    summaries = [_summary(job) for job in shown]
    return Reply(without_none({"ExportJobs": summaries, "NextToken": next_token}))


def cancel_export_job(account: Account, request: HttpRequest) -> Reply:
    """Cancel a job that is not done yet."""
    job = _named(account, request)
    with account.messages.lock:
        if job.status != "PROCESSING":
            raise bad_request(f"Cannot cancel an export job that has a <{job.status}> status.")
        job.status = "CANCELLED"
        job._completed = timestamps.now()
    return Reply({})


def _named(account: Account, request: HttpRequest) -> ExportJob:
    found = _JOB.fullmatch(request.path)
    job_id = unquote(found[1]) if found else ""
    for job in account.export_jobs:
        if (job.job_id, job.region) == (job_id, request.region):
            return job
    raise bad_request("Invalid JobId")  # and not the 404 of [doc]: [live]


def _summary(job: ExportJob) -> JSONObject:
    completed = job._completed
    summary: Members = {
        "JobId": job.job_id,
        "ExportSourceType": job.source_type,
        "JobStatus": job.status,
        "CreatedTimestamp": _epoch(job._created),
        "CompletedTimestamp": None if completed is None else _epoch(completed),
    }
    return without_none(summary)


def _epoch(moment: int) -> float:
    return moment // 1000 / 1000


# The members of a source. Their words are [open: export-words].


def _refuse(broken: Iterator[str]) -> None:
    errors = list(broken)
    if errors:
        raise constraints_refusal(errors)


def _enum(member: str, value: str | None, known: Collection[str]) -> Iterator[str]:
    if value is None:
        yield constraint(member, "not be null")
    elif value not in known:
        yield constraint(member, f"satisfy enum value set: [{', '.join(known)}]")


def _length(member: str, number: int, least: int, most: int, what: str = "length") -> Iterator[str]:
    if number < least:
        yield constraint(member, f"have {what} greater than or equal to {least}")
    elif number > most:
        yield constraint(member, f"have {what} less than or equal to {most}")


def _interval(members: Members, path: str) -> Interval:
    bounds = [parse_timestamp(members.get(name)) for name in ("StartDate", "EndDate")]
    _refuse(
        constraint(f"{path}.{name}", "not be null")
        for name, bound in zip(("startDate", "endDate"), bounds)
        if bound is None
    )
    return Interval(bounds[0] or 0, bounds[1] or 0)


def _metrics_source(members: Members) -> tuple[MetricsSource, JSONObject]:
    path = "exportDataSource.metricsDataSource"
    dimensions = {
        name: [as_string(value) or "" for value in as_list(values) or []]
        for name, values in get_structure(members, "Dimensions").items()
    }
    metrics = [
        (get_string(metric, "Name"), get_string(metric, "Aggregation"))
        for metric in map(as_structure, get_list(members, "Metrics"))
    ]
    if not DIMENSIONS.keys() >= dimensions.keys():
        raise bad_request("Unsupported dimension provided.")
    namespace = get_string(members, "Namespace")

    def broken() -> Iterator[str]:
        yield from _length(f"{path}.dimensions", len(dimensions), 1, 3)
        for name, values in dimensions.items():
            yield from _length(f"{path}.dimensions.{name}", len(values), 1, 10)
        yield from _enum(f"{path}.namespace", namespace, ("VDM",))
        yield from _length(f"{path}.metrics", len(metrics), 1, 10)
        for number, (metric, aggregation) in enumerate(metrics, start=1):
            member = f"{path}.metrics.{number}.member"
            yield from _enum(f"{member}.name", metric, METRICS)
            if aggregation is not None:
                yield from _enum(f"{member}.aggregation", aggregation, ("RATE", "VOLUME"))

    _refuse(broken())
    for name, values in dimensions.items():
        for value in values:
            dimension = DIMENSIONS[name]
            if value != ANY and not is_well_formed(dimension, value):
                raise invalid_value(dimension, value)
    interval = _interval(members, path)
    source = MetricsSource(
        interval,
        {DIMENSIONS[name]: tuple(values) for name, values in dimensions.items()},
        # Without one it is the volume. [open: export-aggregation]
        tuple((METRICS[name or ""], aggregation or "VOLUME") for name, aggregation in metrics),
    )
    as_sent = {
        "Dimensions": dimensions,
        "Namespace": namespace,
        "Metrics": [
            {"Name": name, **({"Aggregation": aggregation} if aggregation else {})}
            for name, aggregation in metrics
        ],
    }
    return source, {**as_sent, **_dates(interval)}


def _dates(interval: Interval) -> dict[str, float]:
    start, end = interval
    return {"StartDate": start / timestamps.SECOND, "EndDate": end / timestamps.SECOND}


#: The most values of each filter. [doc]
_FILTERS = {
    "FromEmailAddress": 5,
    "Destination": 5,
    "Subject": 1,
    "Isp": 5,
    "TenantName": 5,
    "LastDeliveryEvent": 5,
    "LastEngagementEvent": 2,
}
_ENUMS = {
    "LastDeliveryEvent": export_files.DELIVERY_EVENTS,
    "LastEngagementEvent": export_files.ENGAGEMENT_EVENTS,
}
_LENGTHS = {"FromEmailAddress": 320, "Destination": 320, "Subject": 998}


def _messages_source(members: Members) -> tuple[MessagesSource, JSONObject]:
    path = "exportDataSource.messageInsightsDataSource"
    include, exclude = (
        {
            filter: [as_string(value) or "" for value in get_list(filters, filter)]
            for filter in _FILTERS
            if filters.get(filter) is not None
        }
        for filters in (get_structure(members, name) for name in ("Include", "Exclude"))
    )
    most = None if members.get("MaxResults") is None else size_of(members["MaxResults"], 0)

    def broken() -> Iterator[str]:
        for name, filters in (("include", include), ("exclude", exclude)):
            for filter, values in filters.items():
                member = f"{path}.{name}.{filter[0].lower()}{filter[1:]}"
                yield from _length(member, len(values), 0, _FILTERS[filter])
                for number, value in enumerate(values, start=1):
                    each = f"{member}.{number}.member"
                    if filter in _ENUMS:
                        yield from _enum(each, value, _ENUMS[filter])
                    elif filter in _LENGTHS:
                        yield from _length(each, len(value), 1, _LENGTHS[filter])
        if most is not None:
            yield from _length(f"{path}.maxResults", most, 1, 10_000, "value")

    _refuse(broken())
    interval = _interval(members, path)
    source = MessagesSource(interval, include, exclude, most or 1000)
    as_sent: JSONObject = _dates(interval)
    for name, filters in (("Include", include), ("Exclude", exclude)):
        if filters:
            as_sent[name] = filters
    if most is not None:
        as_sent["MaxResults"] = most
    return source, as_sent


_Read = Callable[[Members], tuple[MetricsSource | MessagesSource, JSONObject]]
_SOURCES: dict[str, _Read] = {
    "MetricsDataSource": _metrics_source,
    "MessageInsightsDataSource": _messages_source,
}
