from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.text.language import guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? I would like to have it by Friday.", "en"),
        ("Wo ist meine Bestellung? Ich habe sie noch nicht erhalten.", "de"),
        ("Où est ma commande ? Je ne l'ai pas encore reçue.", "fr"),
        ("¿Dónde está mi pedido? Quiero saber cuándo llega.", "es"),
        ("Dove è il mio ordine? Non l'ho ancora ricevuto, come mai?", "it"),
        ("Onde está o meu pedido? Eu ainda não recebi e quero saber.", "pt"),
        ("Waar is mijn bestelling? Ik heb het nog niet ontvangen.", "nl"),
        ("Var är min beställning? Jag har inte fått den än.", "sv"),
        ("Hvor er min ordre? Jeg har ikke fået den af jer endnu, hvad nu?", "da"),
        ("Hvor er bestillingen min? Hva skjer, jeg har ikke fått den av dere.", "no"),
        ("Missä minun tilaukseni on? Se ei ole vielä tullut, mitä teen?", "fi"),
        ("Gdzie jest moje zamówienie? Nie mogę go znaleźć, czy to jest w drodze?", "pl"),
        ("Kde je moje objednávka? Prosím, jak to mám zjistit?", "cs"),
        ("Unde este comanda mea? Nu am primit-o și vreau să știu.", "ro"),
        ("Hol van a rendelésem? Kérem, mondja meg, hogy mit kell tenni.", "hu"),
        ("Siparişim nerede? Bu çok uzun sürdü, ne yapmalıyım, lütfen?", "tr"),
        ("Di mana pesanan saya? Tolong cek, apa ada masalah dengan ini?", "id"),
        ("Đơn hàng của tôi ở đâu? Tôi không nhận được.", "vi"),
        ("Где мой заказ? Я его ещё не получил.", "ru"),
        ("Де моє замовлення? Я його ще не отримав, і це погано.", "uk"),
        ("Къде е поръчката ми? Още не съм я получил.", "bg"),
        ("我的订单在哪里?还没有收到。", "zh"),
        ("私の注文はどこですか?", "ja"),
        ("注文確認番号を教えて下さい", "ja"),
        ("제 주문은 어디에 있나요?", "ko"),
        ("أين طلبي؟ لم يصل بعد.", "ar"),
        ("سفارش من کجاست؟ هنوز نرسیده، چرا؟", "fa"),
        ("איפה ההזמנה שלי?", "he"),
        ("Πού είναι η παραγγελία μου;", "el"),
        ("मेरा ऑर्डर कहाँ है?", "hi"),
        ("คำสั่งซื้อของฉันอยู่ที่ไหน", "th"),
    ],
)
def test_one_sentence_is_enough(text: str, language: str) -> None:
    assert guess(text) == guess([text, ""]) == language


def test_a_few_foreign_words_do_not_count() -> None:
    assert guess(["play the song 私の from my list", "what is the weather in München"]) == "en"


@given(st.text(max_size=50))
def test_any_text_gets_a_code(text: str) -> None:
    assert len(guess(text)) == 2


def test_nothing_is_english() -> None:
    assert guess([]) == guess("") == guess("12345 ...") == "en"
