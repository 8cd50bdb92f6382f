"""Checks `aws` commands against the services' own models, as botocore has them: service, operation, options and what is required.

Standard input has one command a line, standard output one line for each that is wrong, with why."""
import re
import shlex
import sys

import botocore.exceptions
import botocore.session
from botocore import xform_name

GLOBAL = {"query", "output", "region", "profile"}
# Commands of the CLI's own, which are no operation of a service, and their options.
OWN = {("logs", "tail"): {"since", "follow", "filter-pattern", "format"}}
ENDS = {"|", "&&", ";", ">", "||"}
# What the CLI calls the service that botocore calls otherwise.
NAMES = {"s3api": "s3"}

session = botocore.session.get_session()


def words(command):
    """The words of the first command of a line, with something in the place of what the shell would fill in."""
    while "$(" in command:
        command, n = re.subn(r"\$\([^()]*\)", "filled-in", command)
        if n == 0:
            raise ValueError("it has a $( without an end")
    found = []
    for word in shlex.split(command, comments=True):
        if word in ENDS:
            break
        found.append(word)
    return found


def check(command):
    found = words(command)
    if len(found) < 3:
        return "no operation"
    service, operation, rest = found[1], found[2], found[3:]
    options = {w[2:].split("=")[0] for w in rest if w.startswith("--")}
    if (service, operation) in OWN:
        unknown = options - OWN[service, operation] - GLOBAL
        return f"unknown options {sorted(unknown)}" if unknown else None
    try:
        model = session.get_service_model(NAMES.get(service, service))
    except botocore.exceptions.UnknownServiceError:
        return "no such service"
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return "no such operation"
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-"): name for name in (shape.members if shape else {})}
    required = {xform_name(name, "-") for name in (shape.required_members if shape else [])}
    known = set(members) | {"no-" + m for m, name in members.items() if shape.members[name].type_name == "boolean"}
    unknown = options - known - GLOBAL
    if unknown:
        return f"unknown options {sorted(unknown)}"
    missing = required - options
    # Without any option it is only spoken of.
    return f"missing options {sorted(missing)}" if options and missing else None


for line in sys.stdin:
    try:
        problem = check(line.strip())
    except ValueError as error:
        problem = str(error)
    if problem:
        print(f"{line.strip()}: {problem}")
