/// The weights of Efron and Tibshirani (1997) for an apparent result and one on cases that the fit has not seen.
public struct PointSixThreeTwo: Sendable, Equatable {
    /// Share of the cases that a resample draws: 1 - 1/e.
    public static let share = 0.632
    /// .368 apparent + .632 out of bag.
    public let plain: Double
    /// With the weight that grows with the overfitting.
    public let plus: Double
    /// Weight of the result out of bag in `plus`, from .632 to 1.
    public let weight: Double

    /// Weighs.
    ///
    /// - Parameters:
    ///   - uninformed: the result where scores and outcomes have nothing to do with each other.
    ///   - isError: whether less is better; an AUC is taken as the error 1 - AUC.
    public init(apparent: Double, outOfBag: Double, uninformed: Double, isError: Bool) {
        func error(_ value: Double) -> Double { isError ? value : 1 - value }
        let (train, none) = (error(apparent), error(uninformed))
        // A fit is not worse than no information.
        let test = min(error(outOfBag), none)
        let overfitting = test > train && none > train ? (test - train) / (none - train) : 0
        weight = Self.share / (1 - (1 - Self.share) * overfitting)
        plain = (1 - Self.share) * apparent + Self.share * outOfBag
        let mixed = (1 - weight) * train + weight * test
        plus = isError ? mixed : 1 - mixed
    }
}
