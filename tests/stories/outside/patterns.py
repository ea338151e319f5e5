"""What LocalStack's evaluators say of event patterns and filter policies: a JSON list on standard output.

The argument is the table of cases of sandbox/src/event_pattern/tests. Each list of the output has the name of a
list there: whether the case matches, or the reason of a refusal, or `taken`.
"""

import json
import sys
import types


def stand_in(name, exception):
    """Stands in for a module of LocalStack that needs all of it: the evaluators want its exception only."""
    module = types.ModuleType(name)
    setattr(module, exception, type(exception, (Exception,), {}))
    sys.modules[name] = module
    return getattr(module, exception)


for parent in ("localstack.aws", "localstack.aws.api"):
    sys.modules[parent] = types.ModuleType(parent)
InvalidPattern = stand_in("localstack.aws.api.events", "InvalidEventPatternException")
InvalidPolicy = stand_in("localstack.aws.api.sns", "InvalidParameterException")

from localstack.services.events.event_rule_engine import EventPatternCompiler, EventRuleEngine  # noqa: E402
from localstack.services.sns.filter import FilterPolicyValidator, SubscriptionFilter  # noqa: E402


def matches(pattern, event):
    compiled = EventPatternCompiler().compile_event_pattern(pattern)
    return EventRuleEngine().evaluate_pattern_on_event(compiled, event)


def reason_of(pattern):
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    try:
        EventPatternCompiler().compile_event_pattern(text)
    except InvalidPattern as refused:
        return str(refused).removeprefix("Event pattern is not valid. Reason: ").split("\n")[0]
    except Exception as error:
        return f"fails: {error!r}"
    return "taken"


def takes_attributes(policy, attributes):
    attributes = {
        name: {"DataType": data_type, "StringValue": text} for name, (data_type, text) in attributes.items()
    }
    return SubscriptionFilter().check_filter_policy_on_message_attributes(policy, attributes)


def reason_of_policy(scope, policy):
    try:
        FilterPolicyValidator(scope=scope, is_subscribe_call=False).validate_filter_policy(policy)
    except InvalidPolicy as refused:
        return str(refused).removeprefix("Invalid parameter: ").split("\n")[0]
    except Exception as error:
        return f"fails: {error!r}"
    return "taken"


def main():
    with open(sys.argv[1]) as file:
        table = json.load(file)
    body = SubscriptionFilter().check_filter_policy_on_message_body
    judged = {
        "patterns": [bool(matches(case[0], case[1])) for case in table["patterns"]],
        "refused": [reason_of(case[0]) for case in table["refused"]],
        "attributes": [bool(takes_attributes(case[0], case[1])) for case in table["attributes"]],
        "bodies": [bool(body(case[0], case[1])) for case in table["bodies"]],
        "refused_policies": [reason_of_policy(case[0], case[1]) for case in table["refused_policies"]],
    }
    print(json.dumps(judged))


main()
