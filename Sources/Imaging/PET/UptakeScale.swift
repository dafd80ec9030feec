/// The factors from stored values to standardised uptake for the slices of one series.
///
/// The rules are those of the QIBA FDG-PET/CT profile 1.13, appendix G (vendor-neutral pseudo-code), for Units BQML, GML,
/// CM2ML and, with Philips' private factors, CNTS. Whatever is missing or contradicts itself is refused by name.
struct UptakeScale {
    let conversion: UptakeConversion
    /// A factor for each file, in the order given.
    let factors: [Double]

    /// - Throws: `ImagingError` naming file, attribute and remedy.
    init(_ files: [(name: String, pet: PETAcquisition?)], measure: UptakeMeasure) throws(ImagingError) {
        var slices: [(name: String, pet: PETAcquisition)] = []
        for file in files {
            guard let pet = file.pet else {
                throw .unsupported(
                    file: file.name, field: "Modality",
                    remedy: "SUV needs PET slices (PT); leave suv out if the intensities are no activity")
            }
            slices.append((file.name, pet))
        }
        guard let first = slices.first else {
            throw .unsupported(file: "", field: "Modality", remedy: "SUV needs PET slices (PT)")
        }
        for slice in slices where slice.pet.header != first.pet.header {
            throw .malformed(
                file: slice.name, field: "Units, times, dose or weight",
                remedy: "differ in the series; keep the slices of one scan in the folder")
        }
        let header = first.pet.header
        switch header.units {
        case "GML", "CM2ML":
            let factor = try Self.ratio(header, to: measure, file: first.name)
            factors = slices.map { _ in factor }
            conversion = UptakeConversion(
                measure: measure, units: header.units, decayCorrection: "", referenceTime: "")
        case "CNTS" where (header.uptakeFactor ?? 0) > 0:
            let spread = try SpreadAmount(header, for: measure, file: first.name)
            let factor = (header.uptakeFactor ?? 0) / spread.grams * spread.amount
            factors = slices.map { _ in factor }
            conversion = UptakeConversion(
                measure: measure, units: header.units, decayCorrection: header.decayCorrection, referenceTime: "")
        case "BQML", "CNTS":
            let toActivity = try Self.activity(header, file: first.name)
            let spread = try SpreadAmount(header, for: measure, file: first.name)
            let decay = try DecayReference(slices, header: header)
            factors = decay.activities.map { toActivity * spread.amount / $0 }
            conversion = UptakeConversion(
                measure: measure, units: header.units, decayCorrection: header.decayCorrection,
                referenceTime: decay.attribute)
        default:
            throw .unsupported(
                file: first.name, field: "Units",
                remedy: "SUV needs BQML, GML, CM2ML or Philips' CNTS; reconstruct the series as activity")
        }
    }

    /// Between two measures of values that are uptake already.
    private static func ratio(
        _ header: PETAcquisition.Header, to measure: UptakeMeasure, file: String
    ) throws(ImagingError) -> Double {
        // Where it is absent, grams per millilitre are by body weight (PS3.3 C.8.9.1.1.3).
        let type = header.suvType.isEmpty ? (header.units == "GML" ? "BW" : "BSA") : header.suvType
        guard let stored = UptakeMeasure(suvType: type) else {
            throw .unsupported(
                file: file, field: "SUVType", remedy: "its formula is not known; export the series in Bq/ml")
        }
        guard stored != measure else { return 1 }
        let (from, to) = (
            try SpreadAmount(header, for: stored, file: file), try SpreadAmount(header, for: measure, file: file)
        )
        return to.amount / from.amount
    }

    /// From stored values to becquerels per millilitre.
    private static func activity(_ header: PETAcquisition.Header, file: String) throws(ImagingError) -> Double {
        for needed in ["ATTN", "DECY"] where !header.corrections.contains(needed) {
            if needed == "DECY", header.decayCorrection == "NONE" { continue }
            throw .malformed(
                file: file, field: "CorrectedImage",
                remedy: "must list \(needed); take the series corrected for attenuation and decay")
        }
        guard header.units == "CNTS" else { return 1 }
        guard let factor = header.activityFactor, factor > 0 else {
            throw .unsupported(
                file: file, field: "Units",
                remedy: "counts need Philips' private factors (7053,xx00) or (7053,xx09); export them with the series")
        }
        return factor
    }
}
