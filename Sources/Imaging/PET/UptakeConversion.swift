/// How intensities of PET slices became standardised uptake values. Holds nothing of the patient.
public struct UptakeConversion: Sendable, Equatable, Codable {
    /// What the activity is thought to spread over.
    public let measure: UptakeMeasure
    /// Units (0054,1001) of the stored values.
    public let units: String
    /// DecayCorrection (0054,1102), or empty where the values were uptake already.
    public let decayCorrection: String
    /// Which attribute tells the moment to which the activity is corrected; empty where none was needed.
    public let referenceTime: String

    /// Creates a description.
    public init(measure: UptakeMeasure, units: String, decayCorrection: String, referenceTime: String) {
        self.measure = measure
        self.units = units
        self.decayCorrection = decayCorrection
        self.referenceTime = referenceTime
    }
}
