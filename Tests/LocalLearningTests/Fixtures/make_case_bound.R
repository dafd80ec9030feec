# Logistic models of rows that were bounded before: make_case_bound.R SHARED > case_bound.json
table <- read.csv(file.path(commandArgs(TRUE)[1], "data/learning/table.csv"), check.names = FALSE)
names <- setdiff(colnames(table), c("id", "center", "fold", "y"))[1:12]
x <- as.matrix(table[, names])
quartiles <- apply(x, 2, quantile, probs = c(0.25, 0.5, 0.75), type = 1)
away <- sweep(x, 2, quartiles[2, ])
z <- sweep(away, 2, (quartiles[3, ] - quartiles[1, ]) / 1.3489795003921634, "/")
length <- sqrt(rowMeans(z^2))
bounds <- lapply(c(1, 2, 1e6), function(bound) {
  own <- sweep(away * pmin(1, bound / length), 2, quartiles[2, ], "+")
  fit <- glm(table$y ~ own, family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100))
  list(bound = bound, bounded = sum(length > bound), scores = head(as.vector(cbind(1, x) %*% coef(fit)), 40))
})
cat(jsonlite::toJSON(list(R = R.version.string, features = names, bounds = bounds), auto_unbox = TRUE, digits = I(17)))
