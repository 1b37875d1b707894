{# Logs how many rows a model has now. The model's task run shows this number. #}
{% macro log_rows() %}
  {%- if execute -%}
    {%- do log('rows: ' ~ run_query('select count(*) from ' ~ this).columns[0].values()[0], info=true) -%}
  {%- endif -%}
{% endmacro %}
