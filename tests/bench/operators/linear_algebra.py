"""Factorisations, solvers and transforms: the counts of Golub and Van Loan."""

import torch

from tests.bench.operators.case import Case, normal, positive

TALL, SQUARE, SYMMETRIC = normal(8, 5), normal(6, 6), positive(6)
RIGHT = normal(6, 4)
FACTOR = torch.linalg.cholesky(SYMMETRIC)
PLAIN_LU = torch.linalg.lu_factor(SQUARE)
LDL = torch.linalg.ldl_factor(SYMMETRIC)
REFLECTORS = torch.geqrf(TALL)

SVD = "min(14 * 8*5**2 + 8 * 5**3, 6 * 8*5**2 + 20 * 5**3)"

CASES = [
    Case("`linalg.svd`, thin", "(8, 5)", lambda a: torch.linalg.svd(a, full_matrices=False),
         (TALL,), SVD),
    Case("`linalg.svd`, full", "(8, 5)", torch.linalg.svd, (TALL,),
         "min(4 * 8**2*5 + 8 * 8*5**2 + 9 * 5**3, 4 * 8**2*5 + 22 * 5**3)"),
    Case("`linalg.svdvals`", "(8, 5)", torch.linalg.svdvals, (TALL,), SVD, "",
         "torch makes the vectors wherever it is watched"),
    Case("`linalg.eigh`", "(6, 6)", torch.linalg.eigh, (SYMMETRIC,), "9 * 6**3"),
    Case("`linalg.eigvalsh`", "(6, 6)", torch.linalg.eigvalsh, (SYMMETRIC,), "9 * 6**3", "",
         "as svdvals"),
    Case("`linalg.eig`", "(6, 6)", torch.linalg.eig, (SQUARE,), "25 * 6**3"),
    Case("`linalg.qr`", "(8, 5)", torch.linalg.qr, (TALL,), "2 * 2 * 5**2 * (8 - 5/3)"),
    Case("`linalg.qr`, R alone", "(8, 5)", lambda a: torch.linalg.qr(a, mode="r"), (TALL,),
         "2 * 5**2 * (8 - 5/3)"),
    Case("`linalg.qr`, complete", "(8, 5)", lambda a: torch.linalg.qr(a, mode="complete"),
         (TALL,), "2 * 5**2 * (8 - 5/3) + 4 * (8**2*5 - 8*5**2 + 5**3 / 3)"),
    Case("`linalg.householder_product`", "(8, 5)",
         lambda: torch.linalg.householder_product(*REFLECTORS), (), "2 * 5**2 * (8 - 5/3)"),
    Case("`torch.ormqr`", "Q of (8, 5) times (8, 3)",
         lambda b: torch.ormqr(*REFLECTORS, b), (normal(8, 3),), "3 * 5 * (4*8 - 2*5)"),
    Case("`linalg.cholesky`", "(6, 6)", torch.linalg.cholesky, (SYMMETRIC,), "6**3 / 3"),
    Case("`torch.cholesky_solve`", "(6, 6), 4 sides", torch.cholesky_solve, (RIGHT, FACTOR),
         "2 * 6**2 * 4"),
    Case("`torch.cholesky_inverse`", "(6, 6)", torch.cholesky_inverse, (FACTOR,),
         "2/3 * 6**3"),
    Case("`linalg.solve`", "(6, 6), 4 sides", torch.linalg.solve, (SQUARE, RIGHT),
         "2/3 * 6**3 + 2 * 6**2 * 4", "2 * 6**2 * 4 + 2*6*4*6 + 6*6",
         "backward solves with the factors at hand; the product is negated"),
    Case("`linalg.solve`, complex", "(6, 6), 4 sides", torch.linalg.solve,
         (SQUARE.to(torch.complex64), RIGHT.to(torch.complex64)),
         "4 * (2/3 * 6**3 + 2 * 6**2 * 4)"),
    Case("`linalg.solve`, one matrix, 3 sides of it", "(6, 6), 3 of (6, 4)", torch.linalg.solve,
         (SQUARE, normal(3, 6, 4)), "2/3 * 6**3 + 3 * 2 * 6**2 * 4"),
    Case("`linalg.solve_triangular`", "(6, 6), 4 sides",
         lambda a, b: torch.linalg.solve_triangular(a, b, upper=False), (FACTOR, RIGHT),
         "6**2 * 4"),
    Case("`linalg.lu_solve`", "(6, 6), 4 sides", lambda b: torch.linalg.lu_solve(*PLAIN_LU, b),
         (RIGHT,), "2 * 6**2 * 4"),
    Case("`linalg.lu_factor`", "(8, 5)", torch.linalg.lu_factor, (TALL,), "5**2 * (8 - 5/3)"),
    Case("`linalg.ldl_factor`", "(6, 6)", torch.linalg.ldl_factor, (SYMMETRIC,), "6**3 / 3"),
    Case("`linalg.ldl_solve`", "(6, 6), 4 sides", lambda b: torch.linalg.ldl_solve(*LDL, b),
         (RIGHT,), "2 * 6**2 * 4"),
    Case("`linalg.inv`", "(6, 6)", torch.linalg.inv, (SQUARE,), "2 * 6**3",
         "2 * 2*6*6*6 + 6*6"),
    Case("`linalg.slogdet`", "(6, 6)", torch.linalg.slogdet, (SQUARE,), "2/3 * 6**3"),
    Case("`linalg.pinv`", "(8, 5)", torch.linalg.pinv, (TALL,), f"{SVD} + 2 * 8*5**2"),
    Case("`linalg.lstsq`", "(8, 5), 3 sides",
         lambda a, b: torch.linalg.lstsq(a, b).solution, (TALL, normal(8, 3)),
         "2 * 5**2 * (8 - 5/3) + 3 * (4 * 8*5 + 5**2)"),
    Case("`linalg.matrix_exp`", "(6, 6)", torch.linalg.matrix_exp, (SQUARE,),
         "13 * 2 * 6**3 + 8/3 * 6**3", "", "the most that any norm takes"),
    Case("`linalg.matrix_power`, 5", "(6, 6)", lambda a: torch.linalg.matrix_power(a, 5),
         (SQUARE,), "3 * 2*6**3"),
    Case("`linalg.matrix_norm`, 2", "(8, 5)", lambda a: torch.linalg.matrix_norm(a, 2), (TALL,),
         f"{SVD} + 5"),
    Case("`fft.fft`, complex", "3 of 16", torch.fft.fft, (normal(3, 16, kind=torch.complex64),),
         "5 * 3*16 * log2(16)", "5 * 3*16 * log2(16)"),
    Case("`fft.rfft`", "3 of 16", torch.fft.rfft, (normal(3, 16),), "2.5 * 3*16 * log2(16)"),
    Case("`fft.irfft`", "3 of 9, to 16", torch.fft.irfft,
         (normal(3, 9, kind=torch.complex64),), "2.5 * 3*16 * log2(16)"),
]  # fmt: skip
