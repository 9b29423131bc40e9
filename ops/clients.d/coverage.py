"""Walks every method of the installed databricks-sdk against a node and says which of them it answers in the right shape.

An object is made for each method of the services that matter, and the method is called on it, by the SDK itself. What comes back
must be what the SDK's own class of it can hold: every member known to it, of its type, and given out again as it came; an object
must be the one that was asked for; a list must have all objects that were made, page by page. The class of a method is then

  implemented   the node does what the method says
  stored only   the node keeps and gives back the documents that the method is about, and runs nothing
  501           the method would run something: refused, with a message that says so
  missing       no such route
  wrong         any other answer: an error that NOTHING_RAN does not name, or a shape that the SDK does not know
"""

import argparse
import dataclasses
import datetime
import enum
import inspect
import sys
import typing

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import DatabricksError

from coverage_subjects import NOT_COUNTED, NOTHING_RAN, WITHOUT_ID, Subjects

# Services whose objects live here rather than being descriptions of something that runs elsewhere.
LIVE = {
    "workspace", "files", "dbfs", "secrets", "tokens", "token_management", "users", "users_v2", "groups", "groups_v2",
    "service_principals", "service_principals_v2", "current_user", "permissions", "workspace_conf",
}

# The services that the mirror aims at, and what they are called in the summary.
AREAS = {
    "workspace": ["workspace", "repos", "git_credentials", "secrets"],
    "files": ["files", "dbfs"],
    "jobs": ["jobs", "policy_compliance_for_jobs"],
    "clusters": ["clusters", "cluster_policies", "instance_pools", "instance_profiles", "global_init_scripts", "libraries",
                 "command_execution", "policy_families"],
    "SQL objects": ["warehouses", "queries", "alerts", "alerts_v2", "query_visualizations", "query_history",
                    "statement_execution", "lakeview", "dashboards", "queries_legacy", "alerts_legacy", "data_sources"],
    "identity": ["users", "users_v2", "groups", "groups_v2", "service_principals", "service_principals_v2",
                 "current_user", "permissions", "tokens", "token_management", "workspace_conf", "ip_access_lists"],
    "pipelines": ["pipelines"],
}
KNOWN = {name for names in AREAS.values() for name in names}
CLASSES = ["implemented", "stored only", "501", "missing", "wrong"]
PAGE_PARAMETERS = ("page_size", "max_results", "limit", "count")
# Objects that a list must have at least.
LISTED_COUNT = 3


class WrongShape(Exception):
    """An answer that the SDK's classes do not hold."""


class Wire:
    """Notes what goes over the wire while a method runs."""

    def __init__(self, client):
        self.exchanges = []
        client.api_client._api_client._session.hooks["response"].append(self._note)

    def _note(self, response, **_):
        self.exchanges.append(response)

    def answers(self):
        """The JSON bodies of the answers that succeeded."""
        for response in self.exchanges:
            if response.ok and "json" in response.headers.get("Content-Type", "") and response.content:
                yield response.json()


# What methods are called with.


def value_for(name, annotation, depth=0):
    """An argument that a method of this signature takes."""
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        choices = [a for a in typing.get_args(annotation) if a is not type(None)]
        return value_for(name, choices[0], depth) if choices else None
    if origin is list:
        return []
    if origin is dict:
        return {}
    if annotation is str:
        return "/Volumes/a/b/c/d" if "path" in name else "1"
    if annotation in (int, float, bool):
        return annotation(1) if annotation is not bool else False
    if inspect.isclass(annotation):
        if issubclass(annotation, enum.Enum):
            return next(iter(annotation))
        if dataclasses.is_dataclass(annotation) and depth < 4:
            hints = typing.get_type_hints(annotation)
            needed = [f for f in dataclasses.fields(annotation)
                      if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
            return annotation(**{f.name: value_for(f.name, hints[f.name], depth + 1) for f in needed})
        if issubclass(annotation, datetime.timedelta):
            return datetime.timedelta(seconds=1)
        try:
            return annotation()
        except Exception:
            return None
    return None


def hints_of(method):
    try:
        return typing.get_type_hints(method)
    except Exception:
        return {}


def access_control(annotation):
    """One entry of an access control list, of the class that the method takes."""
    (element,) = [a for a in typing.get_args(annotation) if a is not type(None)]
    (element,) = typing.get_args(element)
    levels = typing.get_type_hints(element)["permission_level"]
    (level,) = [a for a in typing.get_args(levels) if a is not type(None)]
    return [element(user_name="ann@example.com", permission_level=next(iter(level)))]


def arguments_of(name, method, subject):
    """Arguments for the method called `name`: those that its subject names, else invented ones where one is needed."""
    hints = hints_of(method)
    arguments = {}
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        known = subject.get(parameter.name)
        if isinstance(known, dict) and (name in known or None in known or parameter.name != "contents"):
            known = known.get(name, known.get(None))
        if known is not None:
            # The same id is a number to some methods and text to others.
            wants_text = str in (hints.get(parameter.name), *typing.get_args(hints.get(parameter.name)))
            arguments[parameter.name] = str(known) if wants_text and isinstance(known, int) else known
        elif parameter.name == "access_control_list" and name != "create" and name != "submit":
            arguments[parameter.name] = access_control(hints[parameter.name])
        elif parameter.default is inspect.Parameter.empty:
            arguments[parameter.name] = value_for(parameter.name, hints.get(parameter.name, str))
    return arguments


# What their answers must be like.


def unwrapped(annotation):
    """`X` of `Optional[X]`."""
    if typing.get_origin(annotation) is typing.Union:
        choices = [a for a in typing.get_args(annotation) if a is not type(None)]
        return choices[0] if len(choices) == 1 else annotation
    return annotation


def check_type(value, annotation, place):
    """Raises WrongShape unless `value`, JSON, is what a member of this type is made from."""
    annotation = unwrapped(annotation)
    origin = typing.get_origin(annotation)
    expected = {int: int, str: str, bool: bool, float: (int, float)}.get(annotation)
    if origin is list:
        expected = list
    elif origin is dict or (inspect.isclass(annotation) and dataclasses.is_dataclass(annotation)):
        expected = dict
    elif inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        expected = str
    if expected is None:
        return
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise WrongShape(f"{place} is {value!r}, not {getattr(annotation, '__name__', annotation)}")
    if origin is list:
        for index, element in enumerate(value):
            check_type(element, typing.get_args(annotation)[0], f"{place}[{index}]")
    elif expected is dict and origin is not dict:
        check_object(value, annotation, place)


def check_object(raw, cls, place):
    """Raises WrongShape unless `raw` is an object that `cls` holds whole: members known, of their types, given out again."""
    if not isinstance(raw, dict):
        raise WrongShape(f"{place} is {type(raw).__name__}, not an object")
    back = cls.from_dict(raw).as_dict()
    hints = typing.get_type_hints(cls)
    for key, value in raw.items():
        # The members of some classes are called other than in JSON.
        hint = hints.get(key) or hints.get("".join("_" + c.lower() if c.isupper() else c for c in key))
        if key not in back:
            # What is empty is left out.
            if value in (None, [], {}, "") and (hint or value is None):
                continue
            raise WrongShape(f"{place}.{key} is not known to {cls.__name__}, or has a value that is not")
        if hint is not None and value is not None:
            check_type(value, hint, f"{place}.{key}")


def check_list(name, method, element, result, wire, made):
    """Raises WrongShape unless the pages are what they should be and `made`, ids, are all in them."""
    found = list(result)
    pages = list(wire.answers())
    for page in pages:
        lists = [page] if isinstance(page, list) else [v for v in page.values() if isinstance(v, list)]
        for items in lists:
            for item in items:
                if isinstance(item, dict) and inspect.isclass(element) and dataclasses.is_dataclass(element):
                    check_object(item, element, f"{name}.{method}[]")
    if (name, method) in NOT_COUNTED:
        return
    text = "\n".join(str(item.as_dict() if hasattr(item, "as_dict") else item) for item in found)
    for id in made:
        if str(id) not in text:
            raise WrongShape(f"{name}.{method} does not list {id}")
    if made and any(f"{p}=1" in (e.request.url or "").split("?")[-1].split("&") for e in wire.exchanges for p in PAGE_PARAMETERS):
        if len(wire.exchanges) < len(made):
            raise WrongShape(f"{name}.{method} answers {len(found)} objects in {len(wire.exchanges)} pages of one")


def ids_of(subject):
    """What tells a subject from others: its ids, and for what has none its path or name."""
    for key in ["id"] + [key for key in subject if key.endswith("_id")] + ["instance_profile_arn", "scope"]:
        value = subject.get(key)
        value = value.get(None) if isinstance(value, dict) else value
        if value is not None:
            return [value]
    return []


def call(name, method_name, service, subjects, wire):
    """Calls a method and raises what is wrong with the answer."""
    method = getattr(service, method_name)
    answer = hints_of(method).get("return")
    origin = typing.get_origin(answer)
    is_list = origin is not None and getattr(origin, "__name__", "") in ("Iterator", "Generator")
    made = [subjects.make(name) for _ in range(LISTED_COUNT if is_list else 1)]
    arguments = arguments_of(method_name, method, made[-1])
    if is_list:
        for parameter in PAGE_PARAMETERS:
            if parameter in inspect.signature(method).parameters:
                arguments[parameter] = 1
    wire.exchanges.clear()
    result = method(**arguments)
    if is_list:
        element = typing.get_args(answer)[0]
        # What belongs to one object is not among what belongs to another.
        belongs = "id" in arguments or "scope" in arguments or any(key.endswith("_id") for key in arguments)
        listed = [] if belongs else [id for subject in made for id in subject.get("listed") or ids_of(subject)]
        return check_list(name, method_name, element, result, wire, listed)
    if origin is not None and getattr(origin, "__name__", "") == "Wait":
        answer = None
    if inspect.isclass(answer) and dataclasses.is_dataclass(answer) and hasattr(answer, "from_dict"):
        for raw in wire.answers():
            check_object(raw, answer, f"{name}.{method_name}")
        ids = [v for k, v in arguments.items() if k in ("id", "path") or k.endswith("_id")]
        if ids and dataclasses.fields(answer) and hasattr(result, "as_dict") and method_name.split("_")[0] in ("get", "update") and "permission" not in method_name:
            if not any(str(id).split("/")[-1] in str(result.as_dict()) for id in ids) and (name, method_name) not in WITHOUT_ID:
                raise WrongShape(f"{name}.{method_name} does not say which object it is about: {result.as_dict()}")


def classify(name, method, service, subjects, wire):
    """(class, what is to be said about it)."""
    done = "implemented" if name in LIVE else "stored only"
    try:
        call(name, method, service, subjects, wire)
        return done, ""
    except WrongShape as error:
        return "wrong", str(error)
    except DatabricksError as error:
        last = wire.exchanges[-1] if wire.exchanges else None
        status = last.status_code if last is not None else 0
        if error.error_code == "ENDPOINT_NOT_FOUND" or status == 405:
            return "missing", ""
        if status == 501 and error.error_code == "FEATURE_DISABLED":
            return "501", ""
        if NOTHING_RAN.get((name, method)) == (status, error.error_code):
            return done, ""
        return "wrong", f"{status} {error.error_code}: {error}"
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"


def services(client):
    """Each service of a workspace client, with the methods that its generated class declares."""
    for name in sorted(n for n in dir(client) if not n.startswith("_")):
        try:
            service = getattr(client, name)
        except Exception:
            continue
        generated = [c for c in type(service).__mro__ if c.__module__.startswith("databricks.sdk.service.")]
        if not generated:
            continue
        names = set()
        for cls in generated:
            for key, member in vars(cls).items():
                if not key.startswith("_") and inspect.isfunction(member) and not key.startswith("wait_"):
                    names.add(key)
        # What waits for the plain method is that method.
        names = {n for n in names if not (n.endswith("_and_wait") and n[:-9] in names)}
        yield name, service, sorted(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--all", action="store_true", help="each method of the areas that is missing or wrong")
    parser.add_argument("--markdown", action="store_true", help="the summary as a table for README.md")
    parser.add_argument("--only", help="nothing but this service")
    options = parser.parse_args()
    client = WorkspaceClient(config=Config(host=options.host, token=options.token, retry_timeout_seconds=5))
    wire, subjects = Wire(client), Subjects(client)
    rows = {}
    for name, service, names in services(client):
        if options.only and name != options.only:
            continue
        rows[name] = dict.fromkeys(CLASSES, 0)
        for method in names:
            kind, remark = classify(name, method, service, subjects, wire)
            # Some methods go to another host than the workspace.
            if kind == "wrong" and name not in KNOWN and not wire.exchanges:
                continue
            rows[name][kind] += 1
            if options.all and name in KNOWN and kind in ("missing", "wrong"):
                print(f"{kind}: {name}.{method}  {remark}")
    summary = summarise(rows)
    print(summary_table(summary, options.markdown))
    return 1 if any(sums["wrong"] for area, sums in summary if area in AREAS) else 0


def summarise(rows):
    """The sums of each area, and of what is in none."""
    def total(names):
        return {c: sum(rows.get(n, {}).get(c, 0) for n in names) for c in CLASSES}

    return [(area, total(names)) for area, names in AREAS.items()] + [("everything else", total(set(rows) - KNOWN))]


def summary_table(summary, is_markdown):
    table = [["service", "methods"] + CLASSES + ["answered"]]
    for area, sums in summary:
        count = sum(sums.values())
        answered = sums["implemented"] + sums["stored only"] + sums["501"]
        share = f"{100 * answered // count} %" if count else "-"
        table.append([area, str(count)] + [str(sums[c]) for c in CLASSES] + [share])
    if is_markdown:
        lines = ["| " + " | ".join(row) + " |" for row in table]
        lines.insert(1, "|" + "---|" * len(table[0]))
        return "\n".join(lines)
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table)


if __name__ == "__main__":
    sys.exit(main())
