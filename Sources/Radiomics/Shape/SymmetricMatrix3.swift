/// A symmetric 3 x 3 matrix.
struct SymmetricMatrix3 {
    var xx, yy, zz, xy, xz, yz: Double

    /// Eigenvalues in descending order, by cyclic Jacobi rotations (Golub and Van Loan, algorithm 8.5.2).
    var eigenvalues: [Double] {
        var a = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
        // Convergence is quadratic: a handful of sweeps reaches rounding, the bound is for safety.
        for _ in 0..<30 {
            let off = a[0][1] * a[0][1] + a[0][2] * a[0][2] + a[1][2] * a[1][2]
            let scale = a[0][0] * a[0][0] + a[1][1] * a[1][1] + a[2][2] * a[2][2]
            if off <= 1e-34 * scale { break }
            for (p, q) in [(0, 1), (0, 2), (1, 2)] where a[p][q] != 0 {
                let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
                let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                let c = 1 / (t * t + 1).squareRoot()
                let s = t * c
                for k in 0..<3 {
                    let (kp, kq) = (a[k][p], a[k][q])
                    a[k][p] = c * kp - s * kq
                    a[k][q] = s * kp + c * kq
                }
                for k in 0..<3 {
                    let (pk, qk) = (a[p][k], a[q][k])
                    a[p][k] = c * pk - s * qk
                    a[q][k] = s * pk + c * qk
                }
            }
        }
        return [a[0][0], a[1][1], a[2][2]].sorted(by: >)
    }
}
