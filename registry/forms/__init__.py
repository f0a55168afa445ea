from registry.forms.bulk import BulkChangeForm
from registry.forms.elevators import ElevatorForm, EndResponsibilityForm, ResponsibilityForm
from registry.forms.filters import ElevatorFilter

__all__ = ["BulkChangeForm", "ElevatorFilter", "ElevatorForm", "EndResponsibilityForm", "ResponsibilityForm"]
