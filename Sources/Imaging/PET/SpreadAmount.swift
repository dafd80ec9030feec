/// What the activity of a person's injection is thought to spread over, from the checked attributes of a series.
struct SpreadAmount {
    /// Body weight in grams.
    let grams: Double
    /// Grams, or square centimetres, by the measure.
    let amount: Double

    /// - Throws: `ImagingError.malformed` naming the attribute that is missing or beyond what a person can be.
    init(_ header: PETAcquisition.Header, for measure: UptakeMeasure, file: String) throws(ImagingError) {
        func missing(_ field: String, _ reason: String) -> ImagingError {
            .malformed(file: file, field: field, remedy: "\(reason); correct it in the archive or take another SUV")
        }
        guard let weight = header.weightKG, (0.5...500).contains(weight) else {
            throw missing("PatientWeight", "SUV needs 0.5 to 500 kg")
        }
        if measure.needs.height {
            guard let height = header.heightM, (0.3...2.6).contains(height) else {
                throw missing("PatientSize", "\(measure.rawValue) needs 0.3 to 2.6 m")
            }
        }
        if measure.needs.sex, !["M", "F"].contains(header.sex) {
            throw missing("PatientSex", "\(measure.rawValue) needs M or F")
        }
        let physique = Physique(weightKG: weight, heightM: header.heightM, isMale: header.sex == "M")
        guard let amount = physique.amount(measure) else {
            throw missing("PatientWeight", "the formula \(measure.rawValue) gives no lean mass for weight and height")
        }
        self.amount = amount
        grams = weight * 1_000
    }
}
