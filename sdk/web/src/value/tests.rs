use super::*;

#[test]
fn numbers_beyond_javascripts_cross_as_text() {
    assert_eq!(i64::MIN.tell(), json!("-9223372036854775808"));
    assert_eq!(i64::take(&json!("-9223372036854775808")), Ok(i64::MIN));
    assert_eq!(i64::take(&json!(5)).unwrap_err(), "5 is not a whole number as text");
    assert_eq!(u64::take(&json!("-1")).unwrap_err(), "`-1` is not a whole number from 0 to 18446744073709551615");
    assert_eq!(u8::take(&json!(256)).unwrap_err(), "256 is not from 0 to 255");
    assert_eq!(u16::take(&json!(1.5)).unwrap_err(), "1.5 is not a whole number");
}

#[test]
fn all_decimals_of_a_fixed_point_number_are_told() {
    assert_eq!(decimal(3 << 63), "1.5");
    assert_eq!(decimal(-(1 << 62)), "-0.25");
    assert_eq!(decimal(1), format!("0.{}", "0000000000000000000542101086242752217003726400434970855712890625"));
    assert_eq!(decimal(i128::MIN), "-9223372036854775808");
}

#[test]
fn fields_are_named_as_typescript_names_them() {
    assert_eq!(["min_net", "net", "max_gap_2_bps"].map(camel), ["minNet", "net", "maxGap2Bps"]);
    assert_eq!(comment("One.\nTwo.", "  "), "  /**\n   * One.\n   * Two.\n   */\n");
    assert_eq!(
        comment("Paid out of [`Shares`](super::Shares), see [`Pool`].", ""),
        "/** Paid out of `Shares`, see `Pool`. */\n"
    );
    assert_eq!(<Option<Vec<Option<u8>>>>::declare(&mut Declarations::default()), "(number | null)[] | null");
}
