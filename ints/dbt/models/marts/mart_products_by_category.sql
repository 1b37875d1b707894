select
    category,
    count(*) as products,
    cast(avg(price) as decimal(10, 2)) as average_price,
    min(price) as lowest_price,
    max(price) as highest_price,
    sum(stock) as stock
from {{ ref('stage_dummyjson__products') }}
group by category
