"""A tool's call as families of models write it into their words, by name.

Each calls `NAME` with `WRITTEN`, and says nothing else.
"""

from testing.odd_answers.chat_tools import NAME, WRITTEN

_OBJECT = f'{{"name": "{NAME}", "arguments": {WRITTEN}}}'
_PARAMETERS = "<parameter=day>\nMonday\n</parameter>"
_NAMED = '<parameter name="day">Monday</parameter>'
CALLS = {
    "hermes": f"<tool_call>\n{_OBJECT}\n</tool_call>",
    "granite": f"<|tool_call|>[{_OBJECT}]",
    "nemotron": f"<TOOLCALL>[{_OBJECT}]</TOOLCALL>",
    "mistral": f"[TOOL_CALLS] [{_OBJECT}]",
    "mistral_later": f"[TOOL_CALLS]{NAME}[CALL_ID]abc123456[ARGS]{WRITTEN}",
    "llama": f'{{"type": "function", "name": "{NAME}", "parameters": {WRITTEN}}}',
    "llama_element": f"<function={NAME}>{WRITTEN}</function>",
    "llama_torn": f"<function={NAME}{WRITTEN}</function>",
    "llama_python": f'<|python_tag|>{NAME}.call(day="Monday")',
    "pythonic": f'[{NAME}(day="Monday")]',
    "qwen_coder": f"<tool_call>\n<function={NAME}>\n{_PARAMETERS}\n</function>\n</tool_call>",
    "gemma": f'```tool_code\nprint({NAME}(day="Monday"))\n```',
    "gemma_tokens": f"<start_function_call>call:{NAME}{{day:<escape>Monday<escape>}}"
    "<end_function_call>",
    "gemma_quotes": f'<|tool_call>call:{NAME}{{day:<|"|>Monday<|"|>}}<tool_call|>',
    "gemini": f'print(default_api.{NAME}(day="Monday"))',
    "kimi": "<|tool_calls_section_begin|><|tool_call_begin|>"
    f"functions.{NAME}:0<|tool_call_argument_begin|>{WRITTEN}<|tool_call_end|>",
    "kimi_bare": f"functions.{NAME}:0{WRITTEN}",
    "deepseek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>"
    f"{NAME}\n```json\n{WRITTEN}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "deepseek_later": f'<｜DSML｜function_calls>\n<｜DSML｜invoke name="{NAME}">\n'
    '<｜DSML｜parameter name="day" string="true">Monday</｜DSML｜parameter>\n</｜DSML｜invoke>',
    "glm": f"<tool_call>{NAME}\n<arg_key>day</arg_key>\n<arg_value>Monday</arg_value></tool_call>",
    "minimax": f'<minimax:tool_call>\n<invoke name="{NAME}">\n{_NAMED}\n</invoke>',
    "harmony": f"<|channel|>commentary to=functions.{NAME} <|constrain|>json<|message|>{WRITTEN}",
    "harmony_by_role": f"<|start|>assistant to=functions.{NAME}<|channel|>commentary<|message|>"
    f"{WRITTEN}<|call|>",
    "harmony_bare": f"commentary to=functions.{NAME} json{WRITTEN}",
    "cohere": f'<|START_ACTION|>[{{"tool_name": "{NAME}", "parameters": {WRITTEN}}}]',
    "apertus": f'<|inner_prefix|>Hm.<|inner_suffix|><|tools_prefix|>[{{"{NAME}": {WRITTEN}}}]',
    "lfm": f'<|tool_call_start|>[{NAME}(day="Monday")]<|tool_call_end|>',
    "phi": f"functools[{_OBJECT}]",
    "functionary": f">>>{NAME}\n{WRITTEN}",
    "react": f"Action: {NAME}\nAction Input: {WRITTEN}\nObservation:",
    "openai": f'{{"tool_calls": [{{"function": {{"name": "{NAME}", "arguments": {WRITTEN}}}}}]}}',
    "note": f'[Tool call: {NAME}(day="Monday")]',
    "bare": f'{NAME}(day="Monday")',
    "fenced": f"```json\n{_OBJECT}\n```",
    "qwen_flowers": f"✿FUNCTION✿: {NAME}\n✿ARGS✿: {WRITTEN}",
    "cohere_older": f'Action: ```json\n[{{"tool_name": "{NAME}", "parameters": {WRITTEN}}}]\n```',
    "titled": f"### Tool call\n{NAME}({WRITTEN})",
    "awaited": f'await {NAME}(day="Monday")',
    "by_call": f"call:{NAME}{WRITTEN}",
    "python_object": f"{{'name': '{NAME}', 'arguments': {{'day': 'Monday'}}}}",
    "behind_thoughts": f"<think>I could call take_message(x=1).</think>{_OBJECT}",
}
# What speaks of tools, and calls none.
NO_CALLS = {
    "a tool": "We have a tool for that. Take a seat.",
    "its name": f"There is an option that is called {NAME}, or so they say.",
    "a label": "Action: call us. Tool: hammer, 12 euros.",
    "thoughts": f"<think>{_OBJECT}</think>We open at nine.",
    "an answer": '{"response": "We open at nine."}',
    "keys": "Press [1] for sales, or (2) for support.",
}
