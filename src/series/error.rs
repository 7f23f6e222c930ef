//! Invalid queries to a series.

/// An invalid query to a series, or a capacity that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// A capacity of zero.
    #[error("capacity: must be at least 1")]
    Capacity,
    /// No buckets, or more than [`MAX_BUCKETS`].
    #[error("buckets: must be from 1 to {max}, not {buckets}", max = MAX_BUCKETS)]
    Buckets {
        /// The number requested.
        buckets: usize,
    },
    /// A column that the series does not have.
    #[error("column: must be below {columns}, the number of columns, not {column}")]
    Column {
        /// The column requested.
        column: usize,
        /// The number of columns.
        columns: usize,
    },
    /// A start that is NaN or infinite.
    #[error("fromMs: must be a finite number")]
    From,
    /// An end that is NaN or infinite.
    #[error("toMs: must be a finite number")]
    To,
    /// A start after the end.
    #[error("fromMs: must not be after toMs")]
    Span,
}

impl SeriesError {
    /// The argument's name in the API.
    #[must_use]
    pub const fn argument(&self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Buckets { .. } => "buckets",
            Self::Column { .. } => "column",
            Self::From | Self::Span => "fromMs",
            Self::To => "toMs",
        }
    }
}

/// The most buckets in one result: far more than any screen has pixels.
pub const MAX_BUCKETS: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn each_message_starts_with_its_argument() {
        let errors = [
            SeriesError::Capacity,
            SeriesError::Buckets { buckets: 0 },
            SeriesError::Column {
                column: 3,
                columns: 2,
            },
            SeriesError::From,
            SeriesError::To,
            SeriesError::Span,
        ];
        for error in errors {
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{}: ", error.argument())),
                "{error}"
            );
        }
    }
}
