"""Lets MLflow 2 end traces with newer releases of OpenTelemetry, whose processors ask for what MLflow 2 leaves unset."""


def mend_tracing():
    from mlflow.tracing.processor.mlflow import MlflowSpanProcessor
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    own = MlflowSpanProcessor.__init__

    def init(self, span_exporter, *args, **options):
        SimpleSpanProcessor.__init__(self, span_exporter)
        own(self, span_exporter, *args, **options)

    MlflowSpanProcessor.__init__ = init
