"""Celery's share of the register: sweeps that may run twice."""

from celery import shared_task

from common import clock
from registry.actions import plate_sheets, quality


@shared_task
def judge_data():
    """Judge the elevators that were entered or changed."""
    quality.judge_all_due(at=clock.now())


@shared_task
def score_data():
    """Keep today's scores; a second run replaces the first."""
    quality.score(day=clock.today())


@shared_task
def remove_stray_files():
    """What killed workers left of sheets and labels goes after a day."""
    plate_sheets.remove_stray_files(at=clock.now())
