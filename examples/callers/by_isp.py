"""Deliveries of a week by ISP, in one call; if SES refuses it, in one call for each ISP."""

from datetime import timedelta


def deliveries_by_isp(ses, isps, start):
    """The number of deliveries to each ISP; an ISP that SES does not take is None."""
    queries = {
        isp: {
            "Id": f"isp{number}",
            "Namespace": "VDM",
            "Metric": "DELIVERY",
            "Dimensions": {"ISP": isp},
            "StartDate": start,
            "EndDate": start + timedelta(days=7),
        }
        for number, isp in enumerate(isps)
    }
    try:
        return _totals(ses, queries)
    except ses.exceptions.BadRequestException:
        # One bad name refuses the whole call.
        return {isp: _total_or_none(ses, isp, query) for isp, query in queries.items()}


def _totals(ses, queries):
    results = ses.batch_get_metric_data(Queries=list(queries.values()))["Results"]
    totals = {result["Id"]: sum(result["Values"]) for result in results}
    return {isp: totals[query["Id"]] for isp, query in queries.items()}


def _total_or_none(ses, isp, query):
    try:
        return _totals(ses, {isp: query})[isp]
    except ses.exceptions.BadRequestException:
        return None
