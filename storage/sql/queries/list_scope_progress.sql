-- The end of the newest day that each rule on shares and budgets was judged by at each scope.
SELECT rule, scope, (extract(epoch FROM max(last_ts)) * 1000000)::bigint AS last_us FROM scope_states GROUP BY rule, scope
