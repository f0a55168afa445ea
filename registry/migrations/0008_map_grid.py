from django.db import migrations, models

# Where a position lies on the web-mercator square of 2^24 points a side (registry.rules.grid says the same in Python):
# a point is 1.4 to 2.4 m wide in China. Generated columns, so that pages, imports and COPY cannot forget them.
FUNCTIONS = """
CREATE FUNCTION registry_map_x(longitude numeric) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    least(16777215, floor((longitude::float8 + 180) / 360 * 16777216))::integer;
CREATE FUNCTION registry_map_y(latitude numeric) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    least(16777215, greatest(0, floor((1 - asinh(tan(radians(
        least(85.0511287798, greatest(-85.0511287798, latitude::float8))
    ))) / pi()) / 2 * 16777216)))::integer;
"""
DROP_FUNCTIONS = "DROP FUNCTION registry_map_x(numeric); DROP FUNCTION registry_map_y(numeric);"


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0007_commissioned_index'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.AddField(
            model_name='elevator',
            name='map_x',
            field=models.GeneratedField(db_persist=True, expression=models.Func(models.F('longitude'), function='registry_map_x'), output_field=models.IntegerField()),
        ),
        migrations.AddField(
            model_name='elevator',
            name='map_y',
            field=models.GeneratedField(db_persist=True, expression=models.Func(models.F('latitude'), function='registry_map_y'), output_field=models.IntegerField()),
        ),
        migrations.AddIndex(
            model_name='elevator',
            index=models.Index(models.F('city'), models.F('map_y'), models.F('map_x'), models.F('registration_state'), models.F('class_code'), models.F('place_type'), models.F('managing_district'), models.F('area'), models.F('retrofitted'), models.F('flag_bits'), models.F('commissioned_on'), models.F('id'), name='elevator_map'),
        ),
    ]
