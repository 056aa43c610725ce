# R's glmnet on the problems that solvers_peers.py has listed in FOLDER/glmnet_problems.txt: the lasso's path, and the
# same with the relaxed fit that glmnet offers, least squares on each support.
# usage: Rscript solvers_glmnet.R FOLDER LENGTH_OF_PATH LONGEST_SECONDS WORTH_REPEATING_SECONDS
# Writes FOLDER/glmnet.txt (problem, solver, claimed, seconds, lambda, says), the answers to FOLDER/glmnet_x.f64, and
# FOLDER/glmnet_version.txt.
suppressMessages(library(glmnet))
arguments <- commandArgs(TRUE)
folder <- arguments[1]
path_length <- as.integer(arguments[2])
longest <- as.numeric(arguments[3])
worth_repeating <- as.numeric(arguments[4])
problems <- read.table(file.path(folder, "glmnet_problems.txt"),
                       col.names = c("id", "m", "n", "enough", "largest", "least", "threshold"))
out <- file(file.path(folder, "glmnet.txt"), "w")
numbers <- file(file.path(folder, "glmnet_x.f64"), "wb")
writeLines(as.character(packageVersion("glmnet")), file.path(folder, "glmnet_version.txt"))
begin <- Sys.time()
for (i in seq_len(nrow(problems))) {
    p <- problems[i, ]
    A <- matrix(readBin(file.path(folder, paste0(p$id, "_A.f64")), "double", p$m * p$n), p$m, p$n)
    b <- readBin(file.path(folder, paste0(p$id, "_b.f64")), "double", p$m)
    lambda <- exp(seq(log(p$largest), log(p$least), length.out = path_length))
    for (solver in c("lasso path", "relaxed lasso path")) {
        relaxed <- solver == "relaxed lasso path"
        said <- "no warning"
        x <- rep(NaN, p$n)
        seconds <- NA
        at <- NA
        tryCatch({
            for (run in 1:3) {
                setTimeLimit(elapsed = longest, transient = TRUE)
                started <- as.numeric(Sys.time())
                said <- "no warning"
                # The relaxed fit evaluates the call once more where our names mean something else: it gets values.
                fit <- withCallingHandlers(
                    do.call(glmnet, list(x = A, y = b, lambda = lambda / p$m, intercept = FALSE, standardize = FALSE,
                                         thresh = p$threshold, maxit = 1e7, relax = relaxed)),
                    warning = function(w) { said <<- conditionMessage(w); invokeRestart("muffleWarning") })
                took <- as.numeric(Sys.time()) - started
                setTimeLimit()
                seconds <- min(seconds, took, na.rm = TRUE)
                if (took > worth_repeating) break
            }
            beta <- as.matrix(if (relaxed) fit$relaxed$beta else fit$beta)
            at <- ncol(beta)
            if (p$enough > 0) {
                near <- which(sqrt(colSums((A %*% beta - b)^2)) <= p$enough)
                if (length(near) > 0) at <- near[1]
            }
            x <- beta[, at]
            if (ncol(beta) < path_length && p$enough == 0) said <- "a part of the path"
        }, error = function(e) said <<- conditionMessage(e), finally = setTimeLimit())
        said <- substr(gsub("[\t\n]", " ", said), 1, 200)
        solved_lambda <- if (relaxed || is.na(at)) NA else lambda[at]
        writeLines(paste(p$id, solver, said == "no warning", format(seconds, digits = 6), format(solved_lambda, digits = 15),
                         said, sep = "\t"), out)
        writeBin(as.double(x), numbers)
    }
    if (i %% 10 == 0) {
        left <- as.numeric(difftime(Sys.time(), begin, units = "secs")) * (nrow(problems) - i) / i
        message(sprintf("glmnet: %d of %d problems, %.0f s left", i, nrow(problems), left))
    }
}
close(out)
close(numbers)
