with source as (
    select * from {{ source('external_sources', 'raw_products') }}
)

select
    cast(id as integer) as product_id,
    title,
    category,
    brand,
    sku,
    cast(price as decimal(10, 2)) as price,
    cast("discountPercentage" as decimal(5, 2)) as discount_percentage,
    cast(rating as decimal(3, 2)) as rating,
    cast(stock as integer) as stock,
    "availabilityStatus" as availability_status,
    len(reviews) as reviews,
    cast(meta."createdAt" as timestamp) as created_at,
    cast(meta."updatedAt" as timestamp) as updated_at
from source
