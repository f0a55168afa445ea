from registry.forms.elevators import BulkChangeForm, ElevatorForm, EndResponsibilityForm, ResponsibilityForm
from registry.forms.filters import ElevatorFilter

__all__ = ["BulkChangeForm", "ElevatorFilter", "ElevatorForm", "EndResponsibilityForm", "ResponsibilityForm"]
