-- Databricks notebook source
-- Elasticity by product group: slope of log quantity over log price
SELECT product_group,
       regr_slope(ln(quantity), ln(price)) AS elasticity,
       regr_r2(ln(quantity), ln(price)) AS r2,
       count(*) AS observations
FROM research.sales.weekly
WHERE quantity > 0 AND price > 0
GROUP BY product_group
HAVING count(*) >= 52
ORDER BY elasticity
