"""Logs in the documented shapes of other tools; each tells of the calls in WANTED, its own way."""

from __future__ import annotations

import json
from typing import Any

ASKED = ("where is my parcel?", "I was charged twice")
ANSWERED = ("delivery", "returns")
TIME = 1767323045.0
ISO = "2026-01-02T03:04:05Z"
SYSTEM = {"role": "system", "content": "Answer with one label."}


def messages(text: str) -> list[dict[str, Any]]:
    return [SYSTEM, {"role": "user", "content": text}]


def completion(answer: str, number: int = 0) -> dict[str, Any]:
    """The response body of the chat completions API."""
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(TIME),
        "model": "slm-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24},
    }


def openai_pairs() -> list[dict[str, Any]]:
    return [
        {
            "request": {"model": "slm", "messages": messages(text), "temperature": 0},
            "response": completion(answer, number),
        }
        for number, (text, answer) in enumerate(zip(ASKED, ANSWERED, strict=True))
    ] + [{"request": {"model": "slm", "messages": messages("x")}, "error": {"code": 500}}]


def openai_responses() -> list[dict[str, Any]]:
    """The Responses API, logged by a proxy that keeps bodies."""
    return [
        {
            "request_body": {"model": "slm", "input": messages(text)},
            "response_body": {
                "id": f"resp_{number}",
                "object": "response",
                "created_at": TIME,
                "model": "slm-1",
                "output": [
                    {"type": "reasoning", "summary": []},
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": answer, "annotations": []}],
                    },
                ],
            },
        }
        for number, (text, answer) in enumerate(zip(ASKED, ANSWERED, strict=True))
    ]


def openai_conversations() -> list[dict[str, Any]]:
    return [
        {"messages": [*messages(text), {"role": "assistant", "content": answer}]}
        for text, answer in zip(ASKED, ANSWERED, strict=True)
    ]


def batch_input() -> list[dict[str, Any]]:
    return [
        {
            "custom_id": f"request-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "slm", "messages": messages(text)},
        }
        for number, text in enumerate((*ASKED, "never answered"))
    ]


def batch_output() -> list[dict[str, Any]]:
    """Not in the order of the requests."""
    done = [
        {
            "id": f"batch_req_{number}",
            "custom_id": f"request-{number}",
            "response": {
                "status_code": 200,
                "request_id": f"req_{number}",
                "body": completion(ANSWERED[number], number),
            },
            "error": None,
        }
        for number in (1, 0)
    ]
    failed = {"id": "batch_req_2", "custom_id": "request-2", "response": None}
    return [*done, failed | {"error": {"code": "batch_expired", "message": "too late"}}]


def typed(value: Any) -> dict[str, Any]:
    """A value as OTLP JSON writes it."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [typed(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes(value)}}
    return {"stringValue": value}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": typed(value)} for key, value in values.items()]


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def span(number: int, held: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "parentSpanId": "",
        "name": "chat slm",
        "kind": 3,
        "startTimeUnixNano": str(int(TIME * 1e9)),
        "endTimeUnixNano": str(int(TIME * 1e9) + 5),
        "attributes": attributes(
            {"gen_ai.operation.name": "chat", "gen_ai.request.model": "slm"} | held
        ),
        "events": events,
        "status": {},
    }


def resource_spans(*spans: dict[str, Any]) -> dict[str, Any]:
    scopes = [{"scope": {"name": "s", "version": "1"}, "spans": list(spans)}]
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": scopes}]}


def resource_logs(*records: dict[str, Any]) -> dict[str, Any]:
    scopes = [{"scope": {"name": "s"}, "logRecords": list(records)}]
    return {"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": scopes}]}


def event(name: str, held: dict[str, Any]) -> dict[str, Any]:
    return {"timeUnixNano": str(int(TIME * 1e9)), "name": name, "attributes": attributes(held)}


TOOL = span(7, {"gen_ai.operation.name": "execute_tool"}, [])
HTTP = {"traceId": "a" * 32, "spanId": "b" * 16, "name": "GET /", "attributes": [], "events": []}


def otel_attributes(as_text: bool) -> list[dict[str, Any]]:
    """Messages in attributes of the span (1.37 and newer), structured or as JSON text."""

    def held(number: int) -> dict[str, Any]:
        pair = {
            "gen_ai.input.messages": [said("user", "hello"), said("user", ASKED[number])],
            "gen_ai.output.messages": [
                said("assistant", ANSWERED[number]) | {"finish_reason": "stop"}
            ],
            "gen_ai.system_instructions": [{"type": "text", "content": "Answer."}],
            "gen_ai.response.model": "slm-1",
        }
        texts = {key: json.dumps(v) if isinstance(v, list) else v for key, v in pair.items()}
        return texts if as_text else pair

    judged = event(
        "gen_ai.evaluation.result",
        {
            "gen_ai.evaluation.name": "Correctness",
            "gen_ai.evaluation.score.label": "incorrect",
            "gen_ai.evaluation.score.value": 0.1,
            "gen_ai.evaluation.explanation": "it is about money",
        },
    )
    return [
        resource_spans(HTTP, span(0, held(0), [])),
        resource_spans(TOOL, span(1, held(1), [judged])),
    ]


def otel_span_events() -> list[dict[str, Any]]:
    """Messages in events of the span, in the two older ways."""
    first = [
        event("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(messages(ASKED[0]))}),
        event(
            "gen_ai.content.completion",
            {"gen_ai.completion": json.dumps([{"role": "assistant", "content": ANSWERED[0]}])},
        ),
    ]
    second = [
        event("gen_ai.system.message", {"content": "Answer."}),
        event("gen_ai.user.message", {"content": ASKED[1]}),
        event("gen_ai.choice", {"index": 0, "message": json.dumps({"content": ANSWERED[1]})}),
    ]
    return [resource_spans(span(0, {}, first), span(1, {}, second), span(2, {}, []))]


def otel_numbered() -> list[dict[str, Any]]:
    """Numbered attributes, as older instrumentations write them."""
    return [
        resource_spans(
            *(
                span(
                    number,
                    {
                        "gen_ai.prompt.0.role": "system",
                        "gen_ai.prompt.0.content": "Answer.",
                        "gen_ai.prompt.1.role": "user",
                        "gen_ai.prompt.1.content": ASKED[number],
                        "gen_ai.completion.0.role": "assistant",
                        "gen_ai.completion.0.content": ANSWERED[number],
                    },
                    [],
                )
                for number in (0, 1)
            )
        )
    ]


def log_record(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "timeUnixNano": str(int(TIME * 1e9)),
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "eventName": name,
    } | fields


def otel_details() -> list[dict[str, Any]]:
    """The event that holds a whole call, as log records."""
    return [
        resource_logs(
            log_record(
                number,
                "gen_ai.client.inference.operation.details",
                attributes=attributes(
                    {
                        "gen_ai.operation.name": "chat",
                        "gen_ai.request.model": "slm",
                        "gen_ai.input.messages": [said("user", ASKED[number])],
                        "gen_ai.output.messages": [said("assistant", ANSWERED[number])],
                    }
                ),
            )
        )
        for number in (0, 1)
    ]


def otel_message_logs() -> list[dict[str, Any]]:
    """One log record per message (1.28 to 1.36); question and answer come in other lines."""
    questions = [
        log_record(
            number, "gen_ai.user.message", body=typed({"content": ASKED[number]}), attributes=[]
        )
        for number in (0, 1)
    ]
    answers = [
        log_record(
            number,
            "gen_ai.choice",
            body=typed(
                {"index": 0, "finish_reason": "stop", "message": {"content": ANSWERED[number]}}
            ),
            attributes=[],
        )
        for number in (1, 0)
    ]
    return [resource_logs(*questions), resource_logs(*answers)]


def langfuse_ui() -> list[dict[str, Any]]:
    """The generations table of the UI, exported as JSON."""
    rows = [
        {
            "id": f"obs_{number}",
            "traceId": f"trace_{number}",
            "name": "openai-chat",
            "type": "GENERATION",
            "model": "slm-1",
            "startTime": "2026-01-02T03:04:05.000Z",
            "endTime": "2026-01-02T03:04:06.000Z",
            "input": messages(ASKED[number]),
            "output": {"role": "assistant", "content": ANSWERED[number]},
            "usage": {"input": 412, "output": 87, "total": 499, "unit": "TOKENS"},
            "level": "DEFAULT",
            "metadata": {"customer_tier": "pro"},
            "tags": ["prod"],
        }
        for number in (0, 1)
    ]
    return [*rows, rows[0] | {"id": "obs_9", "type": "SPAN"}]


def langfuse_blob() -> list[dict[str, Any]]:
    """Enriched observations of the blob storage export."""
    return [
        {
            "id": f"obs_{number}",
            "trace_id": f"trace_{number}",
            "project_id": "p",
            "environment": "production",
            "type": "GENERATION",
            "parent_observation_id": "",
            "start_time": "2026-01-02 03:04:05.000000",
            "end_time": None,
            "name": "classify",
            "metadata": {"customer_tier": "pro"},
            "level": "DEFAULT",
            "version": "",
            "input": json.dumps({"messages": messages(ASKED[number])}),
            "output": ANSWERED[number],
            "provided_model_name": "slm-1",
            "model_parameters": '{"temperature":0}',
        }
        for number in (0, 1)
    ]


def langfuse_scores() -> list[dict[str, Any]]:
    def score(number: int, **fields: Any) -> dict[str, Any]:
        return {
            "id": f"s{number}", "timestamp": "2026-01-03 00:00:00.000000", "project_id": "p",
            "environment": "production", "trace_id": f"trace_{number}", "observation_id": None,
            "name": "correctness", "value": 1, "source": "EVAL", "comment": None,
            "data_type": "NUMERIC", "string_value": None,
        } | fields  # fmt: skip

    return [
        score(0, data_type="BOOLEAN", value=1, observation_id="obs_0"),
        score(
            1, data_type="CATEGORICAL", value=0, string_value="incorrect", source="ANNOTATION",
            author_user_id="anna", comment="about money",
        ),
        score(1, name="output", data_type="CORRECTION", string_value="billing",
              source="ANNOTATION", author_user_id="anna"),
        score(1, name="helpfulness", value=0.5),
        score(1, name="toxicity", value=0, data_type="BOOLEAN"),
        score(3, data_type="BOOLEAN"),
    ]  # fmt: skip


def langfuse_download() -> dict[str, Any]:
    """One trace as the UI downloads it."""
    return {
        "id": "trace_0",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "name": "classify",
        "input": {"query": ASKED[0]},
        "output": {"label": ANSWERED[0]},
        "observations": [langfuse_ui()[2], langfuse_ui()[0]],
        "scores": [
            {"name": "correctness", "value": 0, "dataType": "BOOLEAN", "source": "ANNOTATION",
             "observationId": None, "comment": "no", "traceId": "trace_0"},
        ],
    }  # fmt: skip


ANNOTATIONS = [
    {
        "span_id": "0000000000000002",
        "name": "correctness",
        "annotator_kind": "HUMAN",
        "result": {"label": "incorrect", "score": 0, "explanation": "about money"},
        "identifier": "anna",
        "updated_at": "2026-01-03T00:00:00+00:00",
    },
    {
        "name": "toxicity",
        "annotator_kind": "LLM",
        "result": {"label": None, "score": 0.0, "explanation": None},
    },
]


def phoenix_spans() -> list[dict[str, Any]]:
    """Spans of the REST API and of `px span list --format raw`."""

    def one(number: int, kind: str = "LLM") -> dict[str, Any]:
        return {
            "id": f"U3Bhbjo{number}",
            "name": "ChatCompletion",
            "context": {
                "trace_id": f"{number + 1:032x}",
                "span_id": f"{number + 1:016x}",
            },
            "span_kind": kind,
            "parent_id": None,
            "start_time": "2026-01-02T03:04:05+00:00",
            "end_time": "2026-01-02T03:04:06+00:00",
            "status_code": "OK",
            "attributes": {
                "openinference.span.kind": kind,
                "llm.model_name": "slm-1",
                "llm.input_messages.0.message.role": "system",
                "llm.input_messages.0.message.content": "Answer.",
                "llm.input_messages.1.message.role": "user",
                "llm.input_messages.1.message.content": ASKED[number],
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": ANSWERED[number],
                "input.value": json.dumps({"messages": messages(ASKED[number])}),
                "output.value": json.dumps(completion(ANSWERED[number])),
                "metadata": '{"customer_tier": "pro"}',
            },
            "events": [],
        }

    return [one(0), one(1) | {"annotations": ANNOTATIONS}, one(0, "RETRIEVER")]


def phoenix_traces() -> list[dict[str, Any]]:
    """`px trace list --format raw`."""
    return [
        {"traceId": one["context"]["trace_id"], "status": "OK", "spans": [one]}
        for one in phoenix_spans()
    ]


def phoenix_frame() -> list[dict[str, Any]]:
    """`get_spans_dataframe()`: flat columns, messages as lists of objects."""
    return [
        {
            "context.span_id": f"{number + 1:016x}",
            "context.trace_id": f"{number + 1:032x}",
            "name": "ChatCompletion",
            "span_kind": "LLM",
            "parent_id": None,
            "start_time": "2026-01-02T03:04:05+00:00",
            "status_code": "OK",
            "attributes.llm.model_name": "slm-1",
            "attributes.llm.input_messages": [
                {"message.role": one["role"], "message.content": one["content"]}
                for one in messages(ASKED[number])
            ],
            "attributes.llm.output_messages": [
                {"message.role": "assistant", "message.content": ANSWERED[number]}
            ],
            "attributes.input.value": ASKED[number],
            "attributes.output.value": ANSWERED[number],
        }
        for number in (0, 1)
    ]


def mlflow_traces() -> list[dict[str, Any]]:
    """`Trace.to_dict()` of MLflow 3."""

    def one(number: int) -> dict[str, Any]:
        root = {
            "trace_id": "zrO9fQ==",
            "span_id": f"root{number}",
            "parent_span_id": None,
            "name": "predict",
            "start_time_unix_nano": int(TIME * 1e9),
            "end_time_unix_nano": int(TIME * 1e9) + 5,
            "events": [],
            "status": {"message": "", "code": "STATUS_CODE_OK"},
            "attributes": {
                "mlflow.traceRequestId": f'"tr-{number}"',
                "mlflow.spanType": '"CHAIN"',
                "mlflow.spanInputs": json.dumps({"question": ASKED[number]}),
                "mlflow.spanOutputs": json.dumps(ANSWERED[number]),
            },
        }
        child = root | {"span_id": f"child{number}", "parent_span_id": f"root{number}"}
        child["attributes"] = {"mlflow.spanInputs": '"inner"', "mlflow.spanOutputs": '"inner"'}
        return {
            "info": {
                "trace_id": f"tr-{number}",
                "trace_location": {
                    "type": "MLFLOW_EXPERIMENT",
                    "mlflow_experiment": {"experiment_id": "0"},
                },
                "request_preview": ASKED[number][:5],
                "response_preview": ANSWERED[number][:5],
                "request_time": ISO,
                "execution_duration_ms": 12,
                "state": "OK",
                "trace_metadata": {"mlflow.modelId": "slm-1"},
                "tags": {"mlflow.traceName": "predict"},
                "assessments": MLFLOW_ASSESSMENTS if number else [],
            },
            "data": {"spans": [child, root]},
        }

    return [one(0), one(1)]


MLFLOW_ASSESSMENTS = [
    {
        "assessment_id": "a-1",
        "assessment_name": "is_correct",
        "trace_id": "tr-1",
        "source": {"source_type": "HUMAN", "source_id": "anna"},
        "create_time": ISO,
        "last_update_time": ISO,
        "feedback": {"value": False},
        "rationale": "about money",
    },
    {
        "assessment_id": "a-2",
        "assessment_name": "expected_response",
        "source": {"source_type": "HUMAN", "source_id": "anna"},
        "expectation": {"value": "billing"},
    },
    {
        "assessment_id": "a-3",
        "assessment_name": "relevance",
        "source": {"source_type": "LLM_JUDGE", "source_id": "gpt"},
        "feedback": {"value": "yes"},
    },
    {
        "assessment_id": "a-4",
        "assessment_name": "expected_facts",
        "source": {"source_type": "HUMAN", "source_id": "anna"},
        "expectation": {"value": ["one", "two"]},
    },
]


def mlflow_two() -> list[dict[str, Any]]:
    """`Trace.to_dict()` of MLflow 2."""
    return [
        {
            "info": {
                "request_id": f"tr-{number}",
                "experiment_id": "0",
                "timestamp_ms": int(TIME * 1000),
                "execution_time_ms": 20,
                "status": "OK",
                "request_metadata": {},
                "tags": {},
            },
            "data": {
                "spans": [],
                "request": json.dumps({"query": ASKED[number]}),
                "response": json.dumps({"response": ANSWERED[number]}),
            },
        }
        for number in (0, 1)
    ]


def mlflow_frame() -> list[dict[str, Any]]:
    """Rows of `mlflow.search_traces()`."""
    return [
        {
            "trace_id": f"tr-{number}",
            "client_request_id": None,
            "state": "OK",
            "request_time": int(TIME * 1000),
            "execution_duration": 12,
            "request": json.dumps({"messages": messages(ASKED[number])}),
            "response": json.dumps(completion(ANSWERED[number])),
            "trace_metadata": {"mlflow.modelId": "slm-1"},
            "tags": {"mlflow.traceName": "predict"},
            "spans": "[]",
            "assessments": "[]",
        }
        for number in (0, 1)
    ]
