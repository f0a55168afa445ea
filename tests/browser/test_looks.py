"""Colours, languages, paper: what the eye gets."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# Contrast of every piece of text in sight with what lies behind it (WCAG 2.2, 1.4.3); disabled controls are exempt.
FAINT = """() => {
    const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
    const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat([1]);
    const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
    const behind = e => {
        const layers = [];
        for (; e; e = e.parentElement) {
            layers.push(parse(getComputedStyle(e).backgroundColor));
            if (layers[layers.length - 1][3] === 1) break;
        }
        return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = []; let seen = 0;
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement, words = texts.currentNode.data.trim();
        if (!words || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (element.closest(":disabled, [aria-disabled=true], .visually-hidden, .skip, option, [aria-busy=true]")) continue;
        seen += 1;
        const back = behind(element), front = over(parse(getComputedStyle(element).color), back);
        const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.push(`${words} ${ratio.toFixed(2)}`);
    }
    return { seen, found };
}"""

# One glyph as pixels, in the font of the page.
DRAWN = """async ([family, letters]) => {
    await document.fonts.load(`48px ${family}`, letters.join(""));
    return letters.map(letter => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
        const pen = canvas.getContext("2d");
        pen.font = `48px ${family}`;
        pen.fillText(letter, 4, 52);
        return canvas.toDataURL();
    });
}"""


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_every_text_can_be_read(visit, city, theme):
    them = visit(city.city_regulator.user, color_scheme=theme, reduced_motion="reduce")
    for path in ("/", "/elevators/?place_type=RESIDENTIAL", f"/elevators/{city.elevator_own.public_id}/", "/gallery/"):
        them.open(path)
        answer = them.page.evaluate(FAINT)
        assert answer["seen"] > 20, path
        assert answer["found"] == [], path


def test_theme_stays_and_comes_before_any_script(visit, city):
    them = visit(city.dispatcher.user, color_scheme="light")
    page = them.page
    background = "getComputedStyle(document.body).backgroundColor"
    them.open("/elevators/")
    bright = page.evaluate(background)
    page.locator(".tools summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert them.path == "/elevators/"

    html = page.reload().text()
    assert html.index('data-theme="dark"') < html.index("<script")
    dark = page.evaluate(background)
    assert dark != bright
    page.locator(".tools summary").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")

    machine = visit(city.dispatcher.user, color_scheme="dark")
    machine.open("/elevators/")
    assert machine.page.evaluate(background) == dark
    assert them.faults == machine.faults == []


def test_language_switch_there_and_back(visit, city):
    them = visit(city.dispatcher.user)
    heading, html = them.page.get_by_role("heading", level=1), them.page.locator("html")
    them.open("/elevators/?place_type=HOSPITAL")
    expect(heading).to_have_text("Elevators")
    them.page.get_by_role("button", name="简体中文").click()
    expect(heading).to_have_text("电梯")
    expect(html).to_have_attribute("lang", "zh-hans")
    assert them.path == "/elevators/?place_type=HOSPITAL"
    them.page.get_by_role("button", name="English").click()
    expect(heading).to_have_text("Elevators")
    expect(html).to_have_attribute("lang", "en")
    assert them.faults == []


def test_chinese_is_drawn_not_boxed(visit, city):
    """Also on a machine without any Chinese font: ours comes with the page."""
    them = visit(city.dispatcher.user, language="zh-hans")
    them.open("/elevators/")
    family = them.page.evaluate("getComputedStyle(document.body).fontFamily")
    for fonts in (family, '"Noto Sans SC Variable"'):
        elevator, ladder, box = them.page.evaluate(DRAWN, [fonts, ["电", "梯", "\ue000"]])
        assert len({elevator, ladder, box}) == 3
    loaded = '[...document.fonts].filter(f => f.family.includes("Noto Sans SC") && f.status === "loaded").length'
    assert them.page.evaluate(loaded) > 0
    assert them.faults == []


def test_paper_shows_facts_and_nothing_to_press(visit, city):
    them = visit(city.city_regulator.user)
    them.open(f"/elevators/{city.elevator_own.public_id}/")
    pressed = them.page.locator("nav.nav, header.topbar, .page-actions, .copy, td.actions")
    assert pressed.count() > 3
    expect(them.page.locator("nav.nav")).to_be_visible()
    them.page.emulate_media(media="print")
    for thing in pressed.all():
        expect(thing).to_be_hidden()
    expect(them.page.locator(".badge").first).to_be_visible()
    assert them.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
