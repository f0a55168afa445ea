"""A phone's camera before a plate that hangs askew in a dim car: what it reads, and what it says when it may not look."""

import pytest

from common.actor import system
from common.clock import now
from registry.actions.plates import hang_plate, order_plates
from registry.models import PlateCity
from registry.queries.plates import text_of
from tests.browser.conftest import PHONE, Visitor

BY = system("tests")
WIDTH, HEIGHT = 1280, 720


def photographed_askew(sheet, target) -> None:
    """The first plate of a printed sheet as a camera sees it from below and aside, in bad light: a film for Chromium."""
    import cv2
    import numpy
    import pypdfium2

    with pypdfium2.PdfDocument(sheet) as document:
        page = numpy.array(document[0].render(scale=4).to_pil().convert("L"))
    down, half = page.shape[0], page.shape[1] // 2
    plate = page[: down // 5, :half]
    corners = numpy.float32([[0, 0], [half, 0], [half, down // 5], [0, down // 5]])
    seen = numpy.float32([[190, 150], [1120, 40], [1060, 690], [250, 590]])
    picture = cv2.warpPerspective(plate, cv2.getPerspectiveTransform(corners, seen), (WIDTH, HEIGHT), borderValue=70)
    grain = numpy.random.default_rng(7).normal(0, 9, picture.shape)
    picture = numpy.clip(cv2.GaussianBlur(picture, (3, 3), 0) * 0.45 + grain, 0, 255).astype("uint8")
    grey = numpy.full(WIDTH * HEIGHT // 2, 128, "uint8").tobytes()  # both colour planes
    frame = b"FRAME\n" + picture.tobytes() + grey
    target.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 20)


@pytest.fixture
def hung(city, tmp_path, settings):
    """An elevator's plate in its car, on a sheet that was drawn by the job, and on film."""
    from common import jobs
    from registry.actions.plate_sheets import folder

    settings.MEDIA_ROOT = tmp_path
    elevator = city.elevator_own
    batch = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=BY, at=now())
    jobs.run(batch.job_id, at=now())
    batch.refresh_from_db()
    film = tmp_path / "plate.y4m"
    photographed_askew(folder() / batch.file_name, film)
    return batch.plates.get(), film


@pytest.fixture
def phone(live_server, chromium):
    """phone(user, film): a browser of its own, as the film of the camera is a flag of the whole browser."""
    from stack.chromium import FLAGS, find

    open_browsers = []

    def enter(user, film, *, allowed=True) -> Visitor:
        flags = [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        browser = chromium.browser_type.launch(executable_path=find(), args=flags)
        open_browsers.append(browser)
        given = {"geolocation": {"latitude": 32.061, "longitude": 118.767, "accuracy": 18}}
        context = browser.new_context(
            viewport={"width": PHONE[0], "height": PHONE[1]},
            permissions=["camera", "geolocation"] if allowed else [],
            **(given if allowed else {}),
        )
        context.set_default_timeout(15_000)
        visitor = Visitor(context, context.new_page(), live_server.url)
        visitor.speak("en")
        visitor.sign_in_as(user)
        visitor.listen()
        return visitor

    yield enter
    for browser in open_browsers:
        browser.close()


def test_the_camera_reads_a_plate_askew_and_opens_the_e_file(phone, hung, city):
    plate, film = hung
    text = text_of(plate, PlateCity.objects.get(area=plate.city).number)
    hang_plate(text=text, elevator=city.elevator_own, by=BY, at=now())
    visitor = phone(city.own_manager.user, film)
    visitor.open("/scan/")
    visitor.page.wait_for_url(f"**/elevators/{city.elevator_own.public_id}/")
    assert visitor.faults == []


def test_a_plate_is_hung_from_the_phone(phone, hung, city, tmp_path):
    plate, film = hung
    visitor = phone(city.own_manager.user, film)
    visitor.open(f"/elevators/{city.elevator_own.public_id}/plate/hang/")
    page = visitor.page
    page.wait_for_selector("[data-scanner][data-state=found]")
    page.wait_for_selector("[data-locate][data-state=known]")
    photo = tmp_path / "photo.png"
    page.screenshot(path=photo)
    page.set_input_files("#id_photo", photo)
    page.get_by_role("button", name="Hang it").click()
    page.wait_for_url("**/elevators/*/#plate")
    plate.refresh_from_db()
    assert (plate.state, str(plate.latitude), plate.accuracy_m) == ("BOUND", "32.061000", 18)
    assert visitor.faults == []


def test_without_permission_the_page_says_what_to_do(phone, hung, city):
    _plate, film = hung
    visitor = phone(city.own_manager.user, film, allowed=False)
    visitor.open(f"/elevators/{city.elevator_own.public_id}/plate/hang/")
    visitor.page.wait_for_selector("[data-scanner][data-state=denied]")
    words = visitor.page.inner_text("main")
    assert "type what stands below the code" in words
    visitor.page.wait_for_selector("[data-locate][data-state=denied]")
    assert "the plate hangs without one" in visitor.page.inner_text("main")
