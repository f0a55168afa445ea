from accounts.views.sign_in import locked_out

__all__ = ["locked_out"]  # named in settings: AXES_LOCKOUT_CALLABLE
