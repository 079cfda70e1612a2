"""Forms: what a network asks for, and how it is filled in."""

from dataclasses import replace
import json

import pytest

from .person import TWO_CODES, Network, Person, asks_for, cookies, keyed


async def test_all_fields_of_a_form_are_sent(person: Person, network: Network) -> None:
    """There may be up to twenty of them."""
    fields = [{"id": f"id {number}", "label": f"No. {number}"} for number in range(20)]
    answers = network(asks_for(*fields))
    dialog = await person.connect("local-signal")
    assert list(dialog.labels.values()) == [field["label"] for field in fields]

    await person.enter(
        dialog, **{f"field_{number}": f"value {number}" for number in range(1, 21)}
    )

    assert dialog.at == "connected"
    assert answers == [{f"id {number}": f"value {number + 1}" for number in range(20)}]


async def test_optional_field_may_be_left_out(person: Person, network: Network) -> None:
    """What was not entered is not sent."""
    answers = network(
        asks_for(
            {"id": "a", "name": "Given name"},
            {"id": "b", "optional": True},
            {"id": "c", "label": "", "name": "", "optional": True},
        )
    )
    dialog = await person.connect("local-signal")
    assert [*dialog.labels.values()] == ["Given name", "b", "c"]
    assert [field["required"] for field in dialog.fields.values()] == [
        True,
        False,
        False,
    ]

    await person.enter(dialog, field_1="Alice")

    assert answers == [{"a": "Alice"}]


async def test_form_without_fields_is_sent_empty(
    person: Person, network: Network
) -> None:
    """A network may only want to be told to go on."""
    answers = network(asks_for())
    dialog = await person.connect("local-signal")

    await person.enter(dialog)

    assert dialog.at == "connected"
    assert answers == [{}]


async def test_required_field_must_be_filled_in(person: Person) -> None:
    """Nothing is sent before that."""
    dialog = await person.connect("local-telegram", "phone")

    await person.enter(dialog, field_1="")

    assert dialog.errors == {"field_1": "Fill in this field."}
    assert person.session.step.instructions in dialog.text
    await dialog.enter()
    assert dialog.errors == {"field_1": "Fill in this field."}
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_fields_are_filled_in_as_the_network_says(
    person: Person, network: Network
) -> None:
    """Initial values are offered, but for secrets, and for what is too long to be one."""
    network(
        asks_for(
            {"id": "a", "type": "text", "initialValue": "Alice Example"},
            {"id": "b", "type": "password", "initialValue": "password"},
            {"id": "c", "type": "text", "initialValue": "x" * 501},
            {"id": "d", "type": "unheard_of"},
            {
                "id": "e",
                "type": "url",
                "initialValue": "https://example.com/" + "x" * 400,
            },
        )
    )
    dialog = await person.connect("local-signal")

    assert [dialog.suggested(key) for key in dialog.fields] == [
        "Alice Example",
        None,
        None,
        None,
        "https://example.com/" + "x" * 400,
    ]


async def test_choices_come_in_every_shape(person: Person, network: Network) -> None:
    """Nothing public tells the shape of options; one that makes no sense is left out."""
    options = [
        "Plain",
        {"id": "1", "name": "One"},
        {"value": "2", "label": "Two"},
        {"odd": True},
        7,
        "x" * 101,
    ]
    answers = network(
        asks_for(
            {"id": "a", "type": "select", "options": options},
            {"id": "b", "type": "select", "options": [{"odd": True}]},
            {"id": "c", "type": "select"},
        )
    )
    dialog = await person.connect("local-signal")
    assert dialog.choices("field_1") == {
        "Plain": "Plain",
        "1": "One",
        "2": "Two",
        "x" * 101: "x" * 99 + "…",
    }
    assert [*dialog.fields["field_2"]["selector"]] == ["text"]
    assert [*dialog.fields["field_3"]["selector"]] == ["text"]
    assert (
        await dialog.send_anything({"field_1": "3", "field_2": "", "field_3": ""})
        == 400
    )

    await person.enter(dialog, field_1="2", field_2="b", field_3="c")

    assert answers == [{"a": "2", "b": "b", "c": "c"}]


async def test_only_what_can_be_chosen_is_filled_in(
    person: Person, network: Network
) -> None:
    """A form that shows something else could not be sent."""
    options = [f"Option {number}" for number in range(150)]
    network(
        asks_for(
            *(
                {
                    "id": value,
                    "type": "select",
                    "options": options,
                    "initialValue": value,
                    "optional": True,
                }
                for value in ("Option 7", "Option 140", "Elsewhere")
            )
        )
    )

    dialog = await person.connect("local-signal")

    assert [dialog.suggested(key) for key in dialog.fields] == ["Option 7", None, None]


async def test_refusal_without_a_word_is_told(person: Person, network: Network) -> None:
    """A network may ask again without saying why."""
    again = asks_for({"id": "a", "type": "password"}, instructions="")
    network(asks_for({"id": "a", "type": "password"}), again)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="hunter2")

    assert dialog.errors == {
        "base": "That was not accepted. Check what you entered and try again."
    }
    assert "hunter2" not in json.dumps(dialog.step)


async def test_other_question_for_a_field_of_the_same_name_is_no_refusal(
    person: Person, network: Network
) -> None:
    """Many a network calls every code `code`: its instructions are shown as such."""
    network(*TWO_CODES)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="111111")

    assert dialog.errors == {}
    assert "Enter the code of your app" in dialog.text


@pytest.mark.parametrize(
    "step_id",
    ["com.example.code", "com.example.code.incorrect", "com.example"],
    ids=["same", "longer", "shorter"],
)
async def test_question_asked_again_is_known_by_its_step(
    person: Person, network: Network, step_id: str
) -> None:
    """It has the same ID, or is one below or above it."""
    step = replace(asks_for({"id": "code"}), step_id="com.example.code")
    network(step, replace(step, step_id=step_id, instructions="Wrong"))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="111111")

    assert dialog.errors == {"base": "Wrong"}


async def test_cookies_of_another_page_are_no_refusal(
    person: Person, network: Network
) -> None:
    """A network may want those of several."""
    step = cookies({"id": "a", "type": "cookie"})
    network(step, replace(step, step_id="com.example.more"))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="1")

    assert (dialog.at, dialog.errors) == ("cookies", {})


async def test_refusal_is_still_told_after_the_page_is_loaded_again(
    person: Person,
) -> None:
    """It belongs to the step, not to the moment."""
    dialog = await person.connect("local-telegram", "phone")
    await person.enter(dialog, **keyed(person.right))
    await person.enter(dialog, field_1="00000")

    await dialog.reload()

    assert dialog.errors == {"base": "Incorrect code, please try again"}
    assert "Incorrect code" not in dialog.text
