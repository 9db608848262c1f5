"""What a whole box costs and sees on recordings, beside the plain pipeline that others ship."""
